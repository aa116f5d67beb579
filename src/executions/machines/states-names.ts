// Names of state machines, executions and activities. https://docs.aws.amazon.com/step-functions/latest/apireference/API_CreateStateMachine.html

import { invalidName } from './machine-answers.ts';

/** White space, brackets, wildcards, what ARNs and paths are made of, and what cannot be seen. */
const FORBIDDEN = /[\s<>{}[\]?*"#%\\^|~`$&,;:/\p{Cc}\ufffe\uffff\p{Cs}\u{10ffff}]/u;

/** Its length is the model's to check. Throws InvalidName. */
export function checkStatesName(name: string): void {
  if (FORBIDDEN.test(name)) throw invalidName(name);
}
