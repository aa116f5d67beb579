// The trace header that a function sees in _X_AMZN_TRACE_ID: the caller's where it is one, or a new root that is not sampled.
// https://docs.aws.amazon.com/xray/latest/devguide/xray-concepts.html#xray-concepts-tracingheader

import { perSecond } from '#kernel';

const ROOT = /^[\w=;:.-]{1,256}$/;

/** A new one is made from the request id, which is random enough: eight digits of time and twenty-four of chance. */
export function traceHeader(received: string | undefined, requestId: string, nowMs: number): string {
  if (received !== undefined && received.includes('Root=') && ROOT.test(received)) return received;
  // Cut out of a UUID by place: every invocation passes here.
  const [middle, third, fourth, last] = [
    requestId.slice(9, 13),
    requestId.slice(14, 18),
    requestId.slice(19, 23),
    requestId.slice(24),
  ];
  return `Root=1-${secondsOf(nowMs)}-${requestId.slice(0, 8)}${middle}${third}${fourth}${last.slice(0, 4)};Parent=${fourth}${last};Sampled=0`;
}

const secondsOf = perSecond((second) => second.toString(16));
