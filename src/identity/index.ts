// identity: who is calling, and may they? Keeps the root key and the keys of running instances (in memory, gone with the instance);
// promises that an unknown key is nobody, and that what the list in decision.ts does not name is denied to functions.

export { callerArn, decide } from './decision.ts';
export type { Action, Decision } from './decision.ts';
export { createKeys, newRootKey } from './keys.ts';
export type { Keys, KnownKey, RootKey, Session, SessionRequest } from './keys.ts';
export type { Principal } from './principal.ts';
export { askResourcePolicy, parseResourcePolicy } from './resource-policy.ts';
export type { Asker, ParsedPolicy, ResourcePolicy, ResourceQuestion, ResourceVerdict } from './resource-policy.ts';
export { arnMatches, matches } from './wildcards.ts';
