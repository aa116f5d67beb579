// pool: how many instances there are and which one takes the next invocation. Promises that an instance serves one function
// version only, that the machine's memory is never promised twice, and that nothing is left of what it started.

export { Pool } from './pool.ts';
export type { Initialised, Instance, InstanceTenancy, Purpose, Start } from './instance.ts';
export type { ProvisionedState } from './provisions.ts';
export { SCALE } from './scale.ts';
export type { ThrottleReason } from './scale.ts';
export type { PoolSettings } from './settings.ts';
export type { Placement } from './waiter.ts';
