// Runs in a sandbox when the platform starts and tries what must be denied. It opens and never writes, it connects to the host's loopback
// only, and the system calls in `probe` do nothing even where they are allowed.
'use strict';

const fs = require('node:fs');
const net = require('node:net');
const { spawnSync } = require('node:child_process');

exports.handler = async ({ readable, writable, port, socketName, secrets }) => ({
  opened: [...readable.filter((path) => opens(path, 'r')), ...writable.filter((path) => opens(path, 'r+'))],
  writableFolders: ['/', '/dev', '/etc', '/opt', '/usr/bin', '/var', '/var/task', '/var/runtime'].filter(isWritable),
  knobs: filesBelow('/proc/sys').filter((path) => opens(path, 'r+')),
  processes: fs.readdirSync('/proc').filter((name) => /^\d+$/.test(name)).length,
  connected: await reaches({ host: '127.0.0.1', port }),
  connectedByName: await reaches({ path: socketName }),
  calls: spawnSync(`${process.env.LAMBDA_TASK_ROOT}/probe`).stdout?.toString('base64') ?? '',
  status: fs.readFileSync('/proc/self/status', 'latin1'),
  uidMap: fs.readFileSync('/proc/self/uid_map', 'latin1'),
  told: tellingFiles(secrets),
  network: fs.readFileSync('/proc/net/dev', 'latin1').split('\n').length - 3,
});

function opens(path, flags) {
  try {
    fs.closeSync(fs.openSync(path, flags));
    return true;
  } catch {
    return false;
  }
}

function isWritable(folder) {
  try {
    fs.accessSync(folder, fs.constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

/** Sockets and links are none of them; a folder that cannot be read holds nothing that could be opened. */
function filesBelow(folder) {
  let entries;
  try {
    entries = fs.readdirSync(folder, { withFileTypes: true });
  } catch {
    return [];
  }
  return entries.flatMap((entry) => {
    const path = `${folder}/${entry.name}`;
    return entry.isDirectory() ? filesBelow(path) : entry.isFile() ? [path] : [];
  });
}

function reaches(where) {
  return new Promise((resolve) => {
    const socket = net.connect(where);
    socket.on('connect', () => resolve(true));
    socket.on('error', () => resolve(false));
  });
}

/** Files of /proc in which a path or a name of the platform can be read. */
function tellingFiles(secrets) {
  const pids = fs.readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  const files = pids.flatMap((pid) => ['environ', 'cmdline', 'mountinfo'].map((name) => `/proc/${pid}/${name}`));
  return files.filter((file) =>
    read(file)
      .split(/[\s\0=:,]/)
      .some((word) => secrets.some((secret) => word === secret || word.startsWith(`${secret}/`))),
  );
}

function read(file) {
  try {
    return fs.readFileSync(file, 'latin1');
  } catch {
    return '';
  }
}
