// What a checkpoint may ask for, in view of the operations that there are: the rules and the words of AWS's own testing model. Pure.
// https://github.com/aws/aws-durable-execution-sdk-js/tree/main/packages/aws-durable-execution-sdk-js-testing/src/checkpoint-server/validators

import type { ErrorObject, OperationAction, OperationStatus, OperationType, OperationUpdate } from '@aws-sdk/client-lambda';
import { ApiError, LIMITS } from '#kernel';
import type { StoredOperation } from './records.ts';

/** With what the model requires. */
export interface Update extends OperationUpdate {
  readonly Id: string;
  readonly Type: OperationType;
  readonly Action: OperationAction;
}

export interface KnownOperations {
  /** That of the execution itself. */
  readonly executionId: string;
  readonly find: (id: string) => StoredOperation | undefined;
}

/** Throws InvalidParameterValueException for the first that cannot be, before anything of the checkpoint is done. */
export function checkUpdates(updates: readonly Update[], known: KnownOperations): void {
  checkExecutionUpdates(updates);
  checkParentsAndRepeats(updates, known);
  for (const update of updates) {
    checkErrorSize(update.Error);
    if (!ACTIONS[update.Type].has(update.Action)) throw invalid('Invalid action for the given operation type.');
    checkTransition(update, known.find(update.Id));
  }
}

const ACTIONS: Readonly<Record<OperationType, ReadonlySet<OperationAction>>> = {
  STEP: new Set(['START', 'FAIL', 'RETRY', 'SUCCEED']),
  CONTEXT: new Set(['START', 'FAIL', 'SUCCEED']),
  WAIT: new Set(['START', 'CANCEL']),
  CALLBACK: new Set(['START', 'CANCEL']),
  CHAINED_INVOKE: new Set(['START', 'CANCEL']),
  EXECUTION: new Set(['SUCCEED', 'FAIL']),
};

function checkExecutionUpdates(updates: readonly Update[]): void {
  const ends = updates.filter(({ Type }) => Type === 'EXECUTION');
  if (ends.length > 1) throw invalid('Cannot checkpoint multiple EXECUTION updates.');
  if (ends.length === 1 && updates.at(-1)?.Type !== 'EXECUTION') throw invalid('EXECUTION checkpoint must be the last update.');
}

function checkParentsAndRepeats(updates: readonly Update[], { executionId, find }: KnownOperations): void {
  const started = new Map<string, OperationType>();
  const last = new Map<string, Update>();
  for (const update of updates) {
    const { Id, Type, Action, ParentId } = update;
    const before = last.get(Id);
    if (before !== undefined && !mayFollow(before, update))
      throw invalid('Cannot update the same operation twice in a single request.');
    const type = before?.Type ?? find(Id)?.type;
    if ((type !== undefined && type !== Type) || (Id === executionId && Type !== 'EXECUTION'))
      throw invalid('Cannot change the type of an operation.');
    if (ParentId !== undefined && (started.get(ParentId) ?? find(ParentId)?.type) !== 'CONTEXT')
      throw invalid('Invalid parent operation id.');
    if (Action === 'START') started.set(Id, Type);
    last.set(Id, update);
  }
}

/** What is begun may be ended at once. */
function mayFollow(before: Update, { Action }: Update): boolean {
  const mayBoth = before.Type === 'STEP' || before.Type === 'CONTEXT';
  return mayBoth && before.Action === 'START' && Action !== 'START';
}

export function checkErrorSize(error: ErrorObject | undefined): void {
  if (error !== undefined && Buffer.byteLength(JSON.stringify(error)) > LIMITS.durableErrorBytes)
    throw invalid(`Error object size must be less than ${LIMITS.durableErrorBytes} bytes.`);
}

function checkTransition(update: Update, operation: StoredOperation | undefined): void {
  switch (update.Type) {
    case 'STEP':
      return checkStep(update, operation);
    case 'CONTEXT':
      return checkContext(update, operation);
    case 'WAIT':
    case 'CALLBACK':
    case 'CHAINED_INVOKE':
      return checkWaiting(update, operation);
    case 'EXECUTION':
      return checkOutcome(update);
    default:
      return update.Type satisfies never;
  }
}

function checkStep(update: Update, operation: StoredOperation | undefined): void {
  const { Action, StepOptions, Payload, Error: error } = update;
  if (Action === 'START') {
    if (!isNewOr(operation, ['READY'])) throw invalid('Invalid current STEP state to start.');
    return;
  }
  if (Action !== 'RETRY') {
    if (!isNewOr(operation, ['STARTED', 'READY'])) throw invalid('Invalid current STEP state to close.');
    checkOutcome(update);
    return;
  }
  if (!isNewOr(operation, ['STARTED', 'READY'])) throw invalid('Invalid current STEP state to re-attempt.');
  if (StepOptions === undefined) throw invalid('Invalid StepOptions for the given action.');
  if (error !== undefined && Payload !== undefined) throw invalid('Cannot provide both error and payload to RETRY a STEP.');
}

function checkContext(update: Update, operation: StoredOperation | undefined): void {
  if (update.Action === 'START') {
    if (operation !== undefined) throw invalid('Cannot start a CONTEXT that already exists.');
    return;
  }
  if (!isNewOr(operation, ['STARTED'])) throw invalid('Invalid current CONTEXT state to close.');
  checkOutcome(update);
}

/** What is begun by the function, and ended by somebody else. */
function checkWaiting(update: Update, operation: StoredOperation | undefined): void {
  const { Type, Action } = update;
  if (Action === 'CANCEL') {
    if (operation?.status !== 'STARTED') throw invalid(`Cannot cancel a ${Type} that does not exist or has already completed.`);
    return;
  }
  if (operation !== undefined) throw invalid(`Cannot start a ${Type} that already exists.`);
  if (Type === 'WAIT' && update.WaitOptions?.WaitSeconds === undefined) throw invalid('Invalid WaitOptions for the given action.');
  if (Type === 'CHAINED_INVOKE' && update.ChainedInvokeOptions?.FunctionName === undefined)
    throw invalid('Invalid ChainedInvokeOptions for the given action.');
}

function checkOutcome({ Action, Payload, Error: error }: Update): void {
  if (Action === 'FAIL' && Payload !== undefined) throw invalid('Cannot provide a Payload for FAIL action.');
  if (Action === 'SUCCEED' && error !== undefined) throw invalid('Cannot provide an Error for SUCCEED action.');
}

function isNewOr(operation: StoredOperation | undefined, statuses: readonly OperationStatus[]): boolean {
  return operation === undefined || statuses.includes(operation.status);
}

export function invalid(message: string): ApiError {
  return new ApiError('InvalidParameterValueException', message, { fields: { Type: 'User' } });
}
