// A function that does nothing, run a few times while a sandbox waits: the code paths of the first real invocation are then compiled.
'use strict';

exports.handler = async (event, context) => {
  console.log('warm', context.awsRequestId, event);
  return { ok: true, remaining: context.getRemainingTimeInMillis() };
};
