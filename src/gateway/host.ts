// What the Host header says: a bucket before the base domain, or a service's own name.

import { isIP } from 'node:net';

export interface HostReading {
  /** S3 virtual-host style: `photos.s3.example.test` → `photos`. */
  readonly bucket: string | undefined;
  /** The first label where it could name a service: `lambda.us-east-1.example.test` → `lambda`. */
  readonly label: string | undefined;
  /** An address, or a name below a domain of ours: not one that somebody else made point here. */
  readonly isOurs: boolean;
  /** The host and port without the bucket, for URLs that we hand out. */
  readonly origin: string;
}

/** Always served like 127.0.0.1: the second is a public name that resolves there, carried by many tools. */
const OWN_DOMAINS: readonly string[] = ['localhost', 'localhost.localstack.cloud', 'amazonaws.com'];

const NO_BUCKET = { bucket: undefined, label: undefined } as const;

export type HostReader = (host: string | undefined) => HostReading;

/** Readings of the last hosts are kept: a server sees the same few for ever. */
export function hostReader(baseDomains: readonly string[]): HostReader {
  const domains = [...OWN_DOMAINS, ...baseDomains.map((domain) => domain.toLowerCase())].sort((a, b) => b.length - a.length);
  const known = new Map<string, HostReading>();
  return (host) => {
    const name = host ?? '127.0.0.1';
    const seen = known.get(name);
    if (seen !== undefined) return seen;
    const reading = readHost(name, domains);
    if (known.size >= 1000) known.clear();
    known.set(name, reading);
    return reading;
  };
}

function readHost(host: string, domains: readonly string[]): HostReading {
  const port = /:\d{1,5}$/.exec(host)?.[0] ?? '';
  const name = host.slice(0, host.length - port.length).toLowerCase();
  const domain = domains.find((candidate) => name.endsWith(`.${candidate}`));
  // An address, the base domain itself, or a name that nobody told us of: path style.
  if (domain === undefined) return { ...NO_BUCKET, isOurs: domains.includes(name) || isAddress(name), origin: host };
  const before = name.slice(0, -domain.length - 1);
  const label = before.split('.')[0] ?? before;
  // `s3`, `s3.eu-west-1` and the old `s3-eu-west-1`, alone or after a bucket, whose own name may have dots.
  const s3 = /^(?:(.+)\.)?(s3(?:[.-][a-z]{2}(?:-[a-z]+)+-\d)?)$/.exec(before);
  if (s3 !== null)
    return { bucket: s3[1], label: s3[1] === undefined ? 's3' : undefined, isOurs: true, origin: `${s3[2]}.${domain}${port}` };
  // At AWS a bucket always stands before `s3`; `<bucket>.localhost` is how clients spell it with an endpoint of their own.
  if (domain === 'amazonaws.com') return { bucket: undefined, label, isOurs: true, origin: host };
  return { bucket: before, label, isOurs: true, origin: `${domain}${port}` };
}

function isAddress(name: string): boolean {
  return isIP(name.replace(/^\[(.*)\]$/, '$1')) !== 0;
}
