// What optimised integrations show of the HTTP exchange behind a result. There was none here: it says what the answer would have carried.

import type { JsonObject } from '#workflows';

export type Exchange = {
  readonly requestId: string;
  readonly status: number;
  readonly nowMs: number;
  readonly contentType: string;
  readonly contentBytes: number;
  /** The service's own. */
  readonly headers?: Readonly<Record<string, string>>;
};

export function sdkMetadata({ requestId, status, nowMs, contentType, contentBytes, headers }: Exchange): JsonObject {
  const shown: Record<string, string> = {
    Connection: 'keep-alive',
    'Content-Length': String(contentBytes),
    'Content-Type': contentType,
    Date: new Date(nowMs).toUTCString(),
    ...headers,
    'x-amzn-RequestId': requestId,
  };
  const all: Record<string, readonly string[]> = {};
  for (const name of Object.keys(shown)) all[name] = [shown[name] ?? ''];
  return {
    SdkHttpMetadata: { AllHttpHeaders: all, HttpHeaders: shown, HttpStatusCode: status },
    SdkResponseMetadata: { RequestId: requestId },
  };
}
