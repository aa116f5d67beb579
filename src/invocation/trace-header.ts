// The trace header that a function sees in _X_AMZN_TRACE_ID: the caller's where it is one, or a new root that is not sampled.
// https://docs.aws.amazon.com/xray/latest/devguide/xray-concepts.html#xray-concepts-tracingheader

import { LIMITS, perSecond } from '#kernel';

const ROOT = new RegExp(`^[\\w=;:|.-]{1,${LIMITS.traceHeaderLength}}$`);

/** Whether it may be kept and handed on: of a bounded length, and nothing in it that a header could not have. */
export function isTraceHeader(text: string): boolean {
  return text.includes('Root=') && ROOT.test(text);
}

/** A new one is made from the request id, which is random enough: eight digits of time and twenty-four of chance. */
export function traceHeader(received: string | undefined, requestId: string, nowMs: number): string {
  if (received !== undefined && isTraceHeader(received)) return received;
  const digits = requestId.replaceAll('-', '');
  return `Root=1-${secondsOf(nowMs)}-${digits.slice(0, 24)};Parent=${digits.slice(16, 32)};Sampled=0`;
}

const secondsOf = perSecond((second) => second.toString(16));
