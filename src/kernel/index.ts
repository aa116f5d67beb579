// kernel: the words that every room shares (ids, errors, clock, limits, log). Imports no room, holds no state.

export { ApiError, ERROR_CODES } from './errors.ts';
export type { ApiErrorDetail, ErrorCode } from './errors.ts';
export type { Clock, Timer } from './clock.ts';
export type { Random } from './random.ts';
export { derivedUuid } from './derived-uuid.ts';
export type { Log, LogLevel } from './log.ts';
export { LIMITS } from './limits.ts';
export { isNetworkMode, NETWORK_MODES } from './network-mode.ts';
export type { NetworkMode } from './network-mode.ts';
export type { AccountId, ContentHash, FunctionName, FunctionVersion, Region, RequestId, Scope } from './ids.ts';
export { perSecond } from './per-second.ts';
export { isPublicAddress, SPECIAL_IPV4_RANGES } from './public-address.ts';
