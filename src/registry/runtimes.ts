// What a function asks for as its runtime and what it gets, for every name that Lambda ever had. A function keeps the name that it asked for;
// what differs from it is said in a sentence. https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html

import { invalidParameter } from './refusals.ts';

/** The runtimes that instances are started with, by the names of Lambda. */
export const SERVED_RUNTIMES = [
  'nodejs20.x',
  'nodejs22.x',
  'nodejs24.x',
  'python3.11',
  'python3.12',
  'python3.13',
  'python3.14',
  'provided.al2',
  'provided.al2023',
] as const;

export type ServedRuntime = (typeof SERVED_RUNTIMES)[number];

export interface Runtime {
  readonly served: ServedRuntime;
  /** Where that is not what was asked for. */
  readonly warning: string | undefined;
}

/** Throws InvalidParameterValueException for what is not served, and for what is no runtime. */
export function runtimeOf(asked: string): Runtime {
  const own = SERVED_RUNTIMES.find((name) => name === asked);
  if (own !== undefined) return { served: own, warning: undefined };
  const nearest = NEAREST.get(asked);
  if (nearest !== undefined) return { served: nearest.served, warning: warningOf(asked, nearest) };
  const refusal = REFUSED.find(({ names }) => names.test(asked));
  if (refusal !== undefined) throw invalidParameter(`The runtime ${asked} is not served here. ${refusal.because}`);
  throw invalidParameter(
    `Value ${asked} at 'runtime' failed to satisfy constraint: Member must satisfy enum value set: [${SERVED_RUNTIMES.join(', ')}]. These are the runtimes that are served here.`,
  );
}

interface Nearest {
  readonly served: ServedRuntime;
  /** What is likeliest to break. */
  readonly beware: string;
}

/** Until Node.js 16 the runtimes came with version 2 of the SDK. */
const OLD_SDK =
  'Version 2 of the AWS SDK for JavaScript (aws-sdk) does not come with it: put it into the archive where the code needs it.';
const NEWER = 'What only the newer version has is missing.';

const nearest = (names: string, served: ServedRuntime, beware: string): readonly (readonly [string, Nearest])[] =>
  names.split(' ').map((name) => [name, { served, beware }] as const);

const NEAREST: ReadonlyMap<string, Nearest> = new Map([
  ...nearest('nodejs nodejs4.3 nodejs6.10 nodejs8.10 nodejs10.x nodejs12.x nodejs14.x nodejs16.x', 'nodejs20.x', OLD_SDK),
  ...nearest('nodejs18.x', 'nodejs20.x', 'Native modules must be built for it.'),
  ...nearest('nodejs26.x', 'nodejs24.x', NEWER),
  ...nearest('python3.6 python3.7 python3.8 python3.9 python3.10', 'python3.11', 'Native modules must be built for it.'),
  ...nearest('python3.15', 'python3.14', NEWER),
  ...nearest('provided', 'provided.al2023', 'The libraries are those of this machine, not those of Amazon Linux 1.'),
]);

const warningOf = (asked: string, { served, beware }: Nearest) =>
  `${asked} is not served here: the function runs on ${served}, the nearest there is. ${beware}`;

interface Refusal {
  readonly names: RegExp;
  readonly because: string;
}

const REFUSED: readonly Refusal[] = [
  {
    names: /^go1\.x$/,
    because:
      'Build for the runtime provided.al2023, as for Lambda since 2024: GOOS=linux CGO_ENABLED=0 go build -tags lambda.norpc -o bootstrap.',
  },
  { names: /^java/, because: 'There is no Java runtime: build a native executable (GraalVM) named bootstrap for provided.al2023.' },
  {
    names: /^dotnet/,
    because: 'There is no .NET runtime: publish with Native AOT as an executable named bootstrap for provided.al2023.',
  },
  {
    names: /^ruby/,
    because: 'There is no Ruby runtime: use nodejs24.x, python3.11 to python3.14, or an executable for provided.al2023.',
  },
  { names: /^python2\.7$/, because: 'Python 2 programs do not run on Python 3: port it, and use python3.11 or later.' },
  { names: /^nodejs4\.3-edge$/, because: 'It was for Lambda@Edge, which there is none of here.' },
];
