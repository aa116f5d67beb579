// What a message carries besides its body, as one text: written when it is sent, read when it is received.

import type { MessageAttributes } from './message-attributes.ts';

export interface MessageDetails {
  /** Who sent it: an account, a role's session, a service. */
  readonly sender: string;
  /** Of the body. */
  readonly digest: string;
  readonly attributes?: MessageAttributes | undefined;
  readonly traceHeader?: string | undefined;
  readonly groupId?: string | undefined;
  readonly deduplicationId?: string | undefined;
}

export function detailsText(details: MessageDetails): string {
  return JSON.stringify(details);
}

/** Only what `detailsText` wrote comes back here, so its shape is believed. */
export function parseDetails(text: string): MessageDetails {
  return JSON.parse(text) as MessageDetails;
}
