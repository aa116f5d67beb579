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
  if (text.startsWith('arn:') && !text.includes(':stateMachine:')) return undefined;
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
  for await (const arn of arnsOf(connection, text)) {
    const execution = await describeExecution(connection, arn);
    if (execution !== undefined) return { kind: 'execution', execution };
  }
  return findDurableExecution(connection, text);
}

/** Of `function/execution`. */
async function findDurableExecution(connection: Connection, text: string): Promise<FoundExecution | undefined> {
  const slash = text.indexOf('/');
  if (slash < 1 || text.startsWith('arn:')) return undefined;
  const named = listDurableExecutions(connection, text.slice(0, slash), { name: text.slice(slash + 1), count: 1 });
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

async function* arnsOf(connection: Connection, text: string): AsyncGenerator<string> {
  if (text.startsWith('arn:')) {
    if (/:(?:execution|express):/.test(text)) yield text;
    return;
  }
  const place = await placeOf(connection);
  const slash = text.lastIndexOf('/');
  if (slash > 0) {
    yield `${place}:execution:${text.slice(0, slash)}:${text.slice(slash + 1)}`;
    return;
  }
  for (const { name, type } of await listStateMachines(connection))
    if (type === 'STANDARD') yield `${place}:execution:${name}:${text}`;
}

async function placeOf(connection: Connection): Promise<string> {
  return `arn:aws:states:${connection.region}:${await accountId(connection)}`;
}

/** `payments/order-7`: what `findExecution` takes, and people read. */
export function shortName({ executionArn }: { readonly executionArn: string }): string {
  const [machine = '', name = ''] = executionArn.split(':').slice(6);
  return `${machine}/${name}`;
}
