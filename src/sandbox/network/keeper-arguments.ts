// How the network of one sandbox is started: a bubblewrap of its own that holds the namespace, the packet filter's loader and slirp4netns, none of
// them with a privilege outside of it.

import { DEVICE } from './rules.ts';

/** Descriptors of the keeper beside standard input (the rules) and output (the rules as the kernel has them). `go` ends with slirp4netns, which alone keeps it. */
export const KEEPER_FD = { go: 3, info: 4, ready: 5, hold: 6, options: 7 } as const;

export interface NetworkTools {
  readonly bwrap: string;
  readonly nft: string;
  readonly slirp4netns: string;
  readonly unshare: string;
  readonly nsenter: string;
  /** /dev/net/tun, or a node of the platform's own where that is root's alone. */
  readonly tunDevice: string;
  /** Whom slirp4netns asks for names, without links; undefined where the machine has no such file. */
  readonly resolverFile: string | undefined;
}

/** Everybody's own, and the numbers of functions: with a uid 0 inside, the kernel would give the namespace's knobs under /proc/sys/net to the sandbox's uid. */
const IDENTITY = ['--uid', '993', '--gid', '990'];
const ENVIRONMENT = ['--clearenv', '--setenv', 'PATH', '/usr/sbin:/usr/bin:/sbin:/bin'];

/** bubblewrap's options, without the command. They travel through a pipe: until it ends, bwrap starts nothing, and can be put into its groups. */
export function keeperOptions({ tunDevice, resolverFile }: NetworkTools): readonly string[] {
  return [
    ['--unshare-user', '--unshare-pid', '--unshare-ipc', '--unshare-uts', '--unshare-cgroup', '--hostname', 'network', ...IDENTITY],
    ['--die-with-parent', '--new-session', '--as-pid-1', ...ENVIRONMENT],
    // Over the new namespaces alone: SYS_ADMIN to make and enter the one for the network, NET_ADMIN for the filter and the device in it.
    ['--cap-drop', 'ALL', '--cap-add', 'CAP_SYS_ADMIN', '--cap-add', 'CAP_NET_ADMIN'],
    [
      '--ro-bind',
      '/usr',
      '/usr',
      ...['lib', 'lib32', 'lib64', 'bin', 'sbin'].flatMap((name) => ['--ro-bind-try', `/${name}`, `/${name}`]),
    ],
    ['--ro-bind-try', '/etc/ld.so.cache', '/etc/ld.so.cache', '--ro-bind-try', '/etc/alternatives', '/etc/alternatives'],
    resolverFile === undefined ? [] : ['--ro-bind', resolverFile, '/etc/resolv.conf'],
    ['--dir', '/dev/net', '--dev-bind', tunDevice, '/dev/net/tun', '--dev-bind', '/dev/null', '/dev/null'],
    ['--proc', '/proc', '--remount-ro', '/proc', '--remount-ro', '/', '--chdir', '/', '--info-fd', String(KEEPER_FD.info)],
  ].flat();
}

/**
 * The first process stays in the new network namespace for as long as the platform holds its end of `hold`. slirp4netns waits outside of it for the word
 * `go`, which comes when the rules were read back: before that there is no device, and nothing that could get out.
 */
export function keeperCommand({ nft, slirp4netns, unshare }: NetworkTools): readonly string[] {
  const { go, ready, hold } = KEEPER_FD;
  const attach = [
    slirp4netns,
    ['--configure', '--mtu=65520', '--disable-host-loopback', '--enable-seccomp'],
    [`--ready-fd=${ready}`, `--exit-fd=${hold}`],
    // Through a descriptor: slirp4netns asks access(2) about the path, which forgets that a user may have capabilities.
    ['--netns-type=path', '/proc/self/fd/9', DEVICE, '9</proc/1/ns/net', '</dev/null'],
  ]
    .flat()
    .join(' ');
  const keep = `${nft} -f - && ${nft} -j list ruleset && read -r end <&${hold}`;
  // Constants and paths of the system's programs: nothing of an operator or a function is in this text.
  return [
    '/bin/sh',
    '-c',
    `{ read -r word <&${go} && ulimit -n ${CONNECTIONS_MAX} && exec ${attach}; } & exec ${unshare} --net -- /bin/sh -c '${keep}' ${go}<&- ${ready}>&-`,
  ];
}

/** Ours: descriptors of slirp4netns, one for each connection of the function; what is more is refused. */
const CONNECTIONS_MAX = 1024;
