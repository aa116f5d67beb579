// The platform's own report, as the doctor shows it: what was tried from inside a sandbox, what it can run, and what is otherwise than asked.

import type { Terminal } from '../terminal/terminal.ts';

export interface Tried {
  readonly attempt: string;
  /** What it found where it was not denied. */
  readonly found?: string;
}

interface RuntimeStatus {
  readonly runtime: string;
  readonly state: string;
  readonly detail: string;
}

interface Networks {
  /** Of functions that name none. */
  readonly default: string;
  readonly enforced: readonly string[];
  /** Why not more of them. */
  readonly notes?: readonly string[];
}

interface Finding {
  readonly sentence: string;
  readonly functions: number;
  readonly names: readonly string[];
}

/** Whatever a platform of another version says besides is shown as it comes. */
export interface PlatformReport {
  readonly isolation?: { readonly selfTest?: readonly Tried[] } & Readonly<Record<string, unknown>>;
  readonly networks?: Networks;
  readonly runtimes?: readonly RuntimeStatus[];
  readonly warnings?: readonly Finding[];
  readonly [other: string]: unknown;
}

export function showReport(terminal: Terminal, { isolation, networks, runtimes, warnings, ...others }: PlatformReport): void {
  const { selfTest, ...level } = isolation ?? {};
  const lines = [
    ...(isolation === undefined ? [] : ['  isolation:', ...reportLines(level, '  ')]),
    ...(selfTest === undefined ? [] : selfTestLines(terminal, selfTest)),
    ...(networks === undefined ? [] : networkLines(terminal, networks)),
    ...runtimeLines(terminal, runtimes ?? []),
    ...reportLines(others, ''),
    ...(warnings ?? []).map((finding) => warningLine(terminal, finding)),
  ];
  for (const line of lines) terminal.print(line);
}

/** Whether everything that must be denied was. */
export function isolationHolds({ isolation }: PlatformReport): boolean {
  return (isolation?.selfTest ?? []).every(({ found }) => found === undefined);
}

function selfTestLines({ paint }: Terminal, tried: readonly Tried[]): readonly string[] {
  if (tried.length === 0) return ['    self-test: none, since this level denies nothing'];
  return [
    '    self-test: in a sandbox a function tried, just now, to',
    ...tried.map(({ attempt, found }) =>
      found === undefined ? `      ${paint.green('ok')}      ${attempt}` : `      ${paint.red('FAILED')}  ${attempt}: ${found}`,
    ),
  ];
}

function networkLines({ paint }: Terminal, { default: usual, enforced, notes = [] }: Networks): readonly string[] {
  const offer = enforced.length === 0 ? 'none: functions reach what this machine reaches' : enforced.join(', ');
  return [
    `  networks that can be enforced: ${offer}`,
    ...notes.map((note) => `    ${paint.yellow('!')} ${note}`),
    `  network of functions that name none: ${usual}`,
  ];
}

function runtimeLines({ paint }: Terminal, runtimes: readonly RuntimeStatus[]): readonly string[] {
  if (runtimes.length === 0) return [];
  const marks: Readonly<Record<string, string>> = { ready: paint.green('✓'), failed: paint.red('✗'), impossible: paint.red('✗') };
  const lines = runtimes.map(
    ({ runtime, state, detail }) => `    ${marks[state] ?? paint.yellow('!')} ${runtime.padEnd(16)} ${detail}`,
  );
  return ['  runtimes:', ...lines];
}

function warningLine({ paint }: Terminal, { sentence, functions, names }: Finding): string {
  const more = functions > names.length ? ` and ${functions - names.length} more` : '';
  return `  ${paint.yellow('!')} ${sentence} (${names.join(', ')}${more})`;
}

/** A value as it comes: names with their values, nested ones indented. */
function reportLines(value: unknown, indent: string): readonly string[] {
  if (Array.isArray(value)) return value.flatMap((item: unknown) => reportLines(item, `${indent}  `));
  if (typeof value !== 'object' || value === null) return [`${indent}${JSON.stringify(value)}`];
  return Object.entries(value).flatMap(([name, inner]: [string, unknown]) => {
    if (inner === undefined || inner === null || (Array.isArray(inner) && inner.length === 0)) return [];
    if (typeof inner === 'string') return [`${indent}  ${name}: ${inner}`];
    if (typeof inner === 'object') return [`${indent}  ${name}:`, ...reportLines(inner, `${indent}  `)];
    return [`${indent}  ${name}: ${JSON.stringify(inner)}`];
  });
}
