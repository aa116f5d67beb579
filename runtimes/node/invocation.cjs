// One invocation: the event parsed, the context built, the handler called in whichever style it is written, and exactly one outcome.
// https://docs.aws.amazon.com/lambda/latest/dg/nodejs-context.html
'use strict';

const p = require('./primordials.cjs');
const { RuntimeError } = require('./errors.cjs');
const { isStreaming, runStreaming } = require('./streaming.cjs');

/** Lambda's Node 24 runtime answers with what a synchronous handler returned; earlier ones dropped it. */
const KEEPS_SYNCHRONOUS_RESULT = Number(process.versions.node.slice(0, 2)) >= 24;

/**
 * Calls `settle(outcome)` once: `{ value }` or `{ error }`, or what a handler that streams ends in. `openWire()` is its way out. `whenIdle(run)` registers what happens when the
 * function has nothing left to do (`beforeExit`); undefined takes it back.
 */
function runInvocation({ handler, head, payload, constants, whenIdle, openWire, settle }) {
  let finished = false;
  const finish = (outcome) => {
    if (finished) return;
    finished = true;
    whenIdle(undefined);
    settle(outcome);
  };
  const fail = (error) => finish({ error: error ?? 'handled' });
  const succeed = (value) => finish({ value });
  const done = (error, value) => (error === undefined || error === null ? succeed(value) : fail(error));
  let answered = false;
  let context;
  const callback = (error, value) => {
    if (answered || finished) return;
    answered = true;
    if (error !== undefined && error !== null) fail(error);
    else if (context.callbackWaitsForEmptyEventLoop) whenIdle(() => succeed(value));
    else succeed(value);
  };
  whenIdle(() => {
    if (isAsync(handler)) fail(neverSettled());
    else succeed(null);
  });
  try {
    context = createContext(head, constants, { done, fail, succeed });
    const event = p.parseJson(payload.byteLength === 0 ? '{}' : p.utf8Slice(payload, 0, payload.byteLength));
    if (isStreaming(handler)) {
      runStreaming({ handler, event, context, wire: openWire(), finish });
      return;
    }
    const result = handler(event, context, callback);
    if (isThenable(result)) {
      const settled = (value) => succeed(value);
      if (result instanceof Promise) p.then(result, settled, fail);
      else result.then(settled, fail);
    } else if (KEEPS_SYNCHRONOUS_RESULT && result !== undefined && handler.length < 3 && !answered) succeed(result);
  } catch (error) {
    fail(error);
  }
}

function createContext(head, constants, completion) {
  const deadlineMs = head.deadlineMs;
  return {
    callbackWaitsForEmptyEventLoop: true,
    functionVersion: constants.functionVersion,
    functionName: constants.functionName,
    memoryLimitInMB: constants.memoryLimitInMB,
    logGroupName: constants.logGroupName,
    logStreamName: constants.logStreamName,
    clientContext: parseOptional(head.clientContext, 'ClientContext'),
    identity: parseOptional(head.identity, 'CognitoIdentity'),
    invokedFunctionArn: head.arn,
    awsRequestId: head.requestId,
    tenantId: head.tenantId,
    getRemainingTimeInMillis: () => deadlineMs - p.now(),
    done: completion.done,
    fail: completion.fail,
    succeed: completion.succeed,
  };
}

function parseOptional(text, name) {
  if (text === undefined) return undefined;
  try {
    return p.parseJson(text);
  } catch (error) {
    throw new p.ErrorConstructor(`Cannot parse ${name} as json: ${error?.message}`, { cause: error });
  }
}

function isThenable(value) {
  return value !== null && (typeof value === 'object' || typeof value === 'function') && typeof value.then === 'function';
}

function isAsync(handler) {
  return handler.constructor !== undefined && handler.constructor !== null && handler.constructor.name === 'AsyncFunction';
}

function neverSettled() {
  return new RuntimeError(
    'NodeJsExit',
    'The function had nothing left to do, but its promise was never settled. The most common cause is a promise whose resolve is never called.',
  );
}

module.exports = { runInvocation };
