// Who makes a call, after the signature was verified.

import type { AccountId } from '#kernel';

export type Principal =
  | { readonly kind: 'root'; readonly account: AccountId; readonly accessKeyId: string }
  /** A function's own short-lived credentials, made for one instance and gone with it. */
  | {
      readonly kind: 'function';
      readonly account: AccountId;
      readonly accessKeyId: string;
      readonly functionArn: string;
      readonly roleArn: string;
    }
  | { readonly kind: 'anonymous' };
