// What is wrong with a definition, in the form of ValidateStateMachineDefinition, and in the one line of CreateStateMachine's refusal.

/** https://docs.aws.amazon.com/step-functions/latest/apireference/API_ValidateStateMachineDefinitionDiagnostic.html */
export type DiagnosticCode =
  | 'SCHEMA_VALIDATION_FAILED'
  | 'INVALID_JSON_DESCRIPTION'
  | 'MISSING_TRANSITION_TARGET'
  | 'DUPLICATE_STATE_NAME'
  | 'INVALID_JSONATA_EXPRESSION'
  | 'UNSUPPORTED_JSONATA_EXPRESSION'
  | 'MISSING_END_STATE'
  | 'DUPLICATE_LABEL_NAME'
  | 'INVALID_LABEL_NAME'
  | 'TOO_DEEPLY_NESTED'
  /** Ours, for more bytes than a request's characters may have. */
  | 'DEFINITION_TOO_LARGE'
  | WarningCode;

/** What is taken, and is hardly what was meant. AWS documents the codes, and that nobody should rely on the words: these are ours. */
type WarningCode = 'NO_DOLLAR' | 'NO_PATH' | 'PASS_RESULT_IS_STATIC';

export type Diagnostic = {
  readonly severity: 'ERROR' | 'WARNING';
  readonly code: DiagnosticCode;
  readonly message: string;
  readonly location?: string;
};

export class Diagnostics {
  /** Errors alone: what has none can be run. */
  readonly found: Diagnostic[] = [];
  readonly warnings: Diagnostic[] = [];

  schema(location: string, message: string): undefined {
    return this.add('SCHEMA_VALIDATION_FAILED', location, message);
  }

  warn(code: WarningCode, location: string, message: string): void {
    this.warnings.push({ severity: 'WARNING', code, message, location });
  }

  add(code: DiagnosticCode, location: string | undefined, message: string): undefined {
    this.found.push({ severity: 'ERROR', code, message, ...(location === undefined ? {} : { location }) });
    return undefined;
  }
}

/** A definition of a megabyte can have thousands of mistakes; a message shows as many as ValidateStateMachineDefinition does. */
const SHOWN = 100;

/** The message of InvalidDefinition. What has no place is at `null` (measured on AWS). */
export function refusalOf(diagnostics: readonly Diagnostic[]): string {
  const lines = diagnostics
    .slice(0, SHOWN)
    .map(({ code, message, location }) =>
      code === 'INVALID_JSON_DESCRIPTION' ? `${code}: ${message}` : `${code}: ${message} at ${location ?? 'null'}`,
    );
  return `Invalid State Machine Definition: '${lines.join(', ')}'`;
}
