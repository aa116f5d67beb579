// Reads the REPORT lines of functions: what Lambda writes in them, and what the platform adds about how an invocation started.

export interface Report {
  readonly requestId: string;
  readonly durationMs: number;
  readonly billedMs: number;
  /** `timeout` or `error`. */
  readonly status?: string;
  readonly errorType?: string;
  /** Absent in lines from before the platform told it. */
  readonly start?: string;
  readonly why?: Why;
  /** In their order: queue, place, specialise, load, run. */
  readonly phasesMs?: Readonly<Record<string, number>>;
}

export interface Why {
  readonly reason: string;
  /** What is known besides: `instances`, `idle`, `how`, `pool`. */
  readonly details: Readonly<Record<string, string>>;
}

/** Undefined for any other line. */
export function readReport(line: string): Report | undefined {
  if (!line.startsWith('REPORT RequestId: ')) return undefined;
  const fields = new Map<string, string>();
  for (const field of line.slice('REPORT '.length).split('\t')) {
    const colon = field.indexOf(': ');
    if (colon > 0) fields.set(field.slice(0, colon).trim(), field.slice(colon + 2).trim());
  }
  const [status, errorType, start, why, phases] = ['Status', 'Error Type', 'Start', 'Why', 'Phases'].map((name) =>
    fields.get(name),
  );
  return {
    requestId: fields.get('RequestId') ?? '',
    durationMs: Number.parseFloat(fields.get('Duration') ?? ''),
    billedMs: Number.parseFloat(fields.get('Billed Duration') ?? ''),
    ...(status === undefined ? undefined : { status }),
    ...(errorType === undefined ? undefined : { errorType }),
    ...(start === undefined ? undefined : { start }),
    ...(why === undefined ? undefined : { why: readWhy(why) }),
    ...(phases === undefined ? undefined : { phasesMs: readPhases(phases) }),
  };
}

/** `busy; instances=3; pool=empty` */
function readWhy(text: string): Why {
  const [reason = '', ...details] = text.split('; ');
  return { reason, details: Object.fromEntries(details.map(pair)) };
}

/** `queue=1.20 load=12.30 run=1.50 ms` */
function readPhases(text: string): Readonly<Record<string, number>> {
  const phases = text.replace(/ ms$/, '').split(' ');
  return Object.fromEntries(phases.map(pair).map(([name, value]) => [name, Number(value)]));
}

function pair(text: string): readonly [string, string] {
  const equals = text.indexOf('=');
  return [text.slice(0, equals), text.slice(equals + 1)];
}
