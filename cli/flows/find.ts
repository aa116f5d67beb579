// What somebody means by a machine or an execution: an ARN, or a name as short as it can be.

import { accountId } from '../aws/account.ts';
import { getDurableExecution, listDurableExecutions } from '../aws/durable-executions.ts';
import type { DurableExecutionDetails } from '../aws/durable-executions.ts';
import { unless } from '../aws/protocols.ts';
import { describeExecution, describeStateMachine, listStateMachines } from '../aws/states.ts';
import type { ExecutionDetails } from '../aws/states.ts';
import type { Connection } from '../connection.ts';
import { Failure } from '../failure.ts';

export type FoundExecution =
  | { readonly kind: 'execution'; readonly execution: ExecutionDetails }
  | { readonly kind: 'durable'; readonly execution: DurableExecutionDetails };

const MEND = '`mayfly flows` shows what there is.';

/** Of a name, an ARN, or that of a version or an alias. Undefined where there is none. */
export async function findMachine(connection: Connection, text: string) {
  if (text === '' || (text.startsWith('arn:') && !text.includes(':stateMachine:'))) return undefined;
  const arn = text.startsWith('arn:') ? text : `${await placeOf(connection)}:stateMachine:${text}`;
  return describeStateMachine(connection, arn);
}

export async function theMachine(connection: Connection, text: string) {
  const machine = await findMachine(connection, text);
  if (machine === undefined)
    throw new Failure(`There is no state machine ${text}.`, { code: 'StateMachineDoesNotExist', mend: MEND });
  return machine;
}

/** Takes an ARN, `machine/execution`, `function/execution`, or the name of an execution, whichever machine's it is. */
async function findExecution(connection: Connection, text: string): Promise<FoundExecution | undefined> {
  if (text.includes('/durable-execution/')) {
    const execution = await getDurableExecution(connection, text);
    return execution && { kind: 'durable', execution };
  }
  if (/:express:/.test(text)) throw expressFailure(text);
  const found: ExecutionDetails[] = [];
  for (const arn of await arnsOf(connection, text)) {
    const execution = await describeExecution(connection, arn);
    if (execution !== undefined) found.push(execution);
  }
  const [execution, other] = found;
  if (other !== undefined) throw ambiguous(text, found);
  return execution === undefined ? findDurableExecution(connection, text) : { kind: 'execution', execution };
}

function expressFailure(arn: string): Failure {
  const machine = arn.split(':')[6] ?? '';
  return new Failure('Executions of express machines are kept nowhere but in their log group.', {
    code: 'StateMachineTypeNotSupported',
    mend: `\`mayfly flows show ${machine}\` draws the machine; \`mayfly flows start ${machine} --wait\` shows the end of an execution.`,
  });
}

/** Who stops or redrives one of several means one of them, and which is not ours to say. */
function ambiguous(text: string, found: readonly ExecutionDetails[]): Failure {
  const names = found.slice(0, NAMES_MAX).map(shortName).join(', ');
  const more = found.length > NAMES_MAX ? ` and ${found.length - NAMES_MAX} more` : '';
  return new Failure(`${found.length} machines have an execution ${text}: ${names}${more}.`, {
    code: 'AmbiguousName',
    mend: 'Name it with its machine, as it stands here.',
  });
}

const NAMES_MAX = 10;

/** Of `function/execution`. */
async function findDurableExecution(connection: Connection, text: string): Promise<FoundExecution | undefined> {
  const [, functionName, name] = /^([\w:$-]+)\/(.+)$/s.exec(text) ?? [];
  if (functionName === undefined || name === undefined) return undefined;
  const named = listDurableExecutions(connection, functionName, { name, count: 1 });
  const [found] = (await unless(['ResourceNotFoundException'], named))?.executions ?? [];
  const execution = found && (await getDurableExecution(connection, found.DurableExecutionArn));
  return execution && { kind: 'durable', execution };
}

export async function theExecution(
  connection: Connection,
  text: string,
  otherwise = `There is no execution ${text}.`,
): Promise<FoundExecution> {
  const found = await findExecution(connection, text);
  if (found === undefined) throw new Failure(otherwise, { code: 'ExecutionDoesNotExist', mend: MEND });
  return found;
}

async function arnsOf(connection: Connection, text: string): Promise<readonly string[]> {
  if (text.startsWith('arn:')) return text.includes(':execution:') ? [text] : [];
  const slash = text.lastIndexOf('/');
  const name = text.slice(slash + 1);
  if (name === '' || slash === 0) return [];
  const place = await placeOf(connection);
  if (slash > 0) return [`${place}:execution:${text.slice(0, slash)}:${name}`];
  const machines = await listStateMachines(connection);
  return machines.filter(({ type }) => type === 'STANDARD').map((machine) => `${place}:execution:${machine.name}:${name}`);
}

async function placeOf(connection: Connection): Promise<string> {
  return `arn:aws:states:${connection.region}:${await accountId(connection)}`;
}

/** `payments/order-7`: what `findExecution` takes, and people read. */
export function shortName({ executionArn }: { readonly executionArn: string }): string {
  const [machine = '', name = ''] = executionArn.split(':').slice(6);
  return `${machine}/${name}`;
}
