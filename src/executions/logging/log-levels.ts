// Which events a log level lets through. https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html#cloudwatch-log-level

export type LogLevel = 'ALL' | 'ERROR' | 'FATAL' | 'OFF';

const FATAL: ReadonlySet<string> = new Set(['ExecutionAborted', 'ExecutionFailed', 'ExecutionTimedOut']);

/** `TaskFailed`, `LambdaFunctionScheduleFailed`, `MapIterationAborted`, `ActivityTimedOut`, `EvaluationFailed` … and a Fail state's own entry. */
const ERROR = /(?:Failed|Aborted|TimedOut)$|^FailStateEntered$/;

export function isLogged(level: LogLevel, eventType: string): boolean {
  switch (level) {
    case 'ALL':
      return true;
    case 'ERROR':
      return ERROR.test(eventType);
    case 'FATAL':
      return FATAL.has(eventType);
    case 'OFF':
      return false;
    default:
      return level satisfies never;
  }
}
