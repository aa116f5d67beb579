// `awslambda.InvokeStore`: where the AWS SDKs and tracing libraries look for the current invocation when several run at once, since the
// environment can show but one trace header. The same keys and methods as Lambda's own (@aws/lambda-invoke-store), but for `run`: which
// invocation is current is the agent's to say.
'use strict';

const REQUEST_ID = Symbol.for('_AWS_LAMBDA_REQUEST_ID');
const TRACE_ID = Symbol.for('_AWS_LAMBDA_X_RAY_TRACE_ID');
const TENANT_ID = Symbol.for('_AWS_LAMBDA_TENANT_ID');
const PROTECTED = new Set([REQUEST_ID, TRACE_ID, TENANT_ID]);
/** What invocations have in their stores lies on themselves, and goes with them. */
const VALUES = Symbol('values');

function createInvokeStore(currentRun) {
  function getContext() {
    const run = currentRun();
    if (run === undefined) return undefined;
    const { requestId, traceHeader, tenantId } = run.head;
    run[VALUES] ??= { [REQUEST_ID]: requestId, [TRACE_ID]: traceHeader, [TENANT_ID]: tenantId };
    return run[VALUES];
  }

  return {
    getContext,
    hasContext: () => currentRun() !== undefined,
    get: (key) => getContext()?.[key],
    set(key, value) {
      if (PROTECTED.has(key)) throw new Error(`Cannot modify protected Lambda context field: ${String(key)}`);
      const context = getContext();
      if (context === undefined) throw new Error('No context available');
      context[key] = value;
    },
    getRequestId: () => getContext()?.[REQUEST_ID] ?? '-',
    getXRayTraceId: () => getContext()?.[TRACE_ID],
    getTenantId: () => getContext()?.[TENANT_ID],
  };
}

module.exports = { createInvokeStore };
