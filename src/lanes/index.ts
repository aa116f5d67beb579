// lanes: runs what the store's delivery queue holds, one lane at a time: claims under leases, a few of each target, within bounds, woken by
// notice and by the next due time. Promises that what was claimed is settled, given back, or claimed again when its lease ends; and that a
// target which fails or floods holds up no other.

export { DeliveryLane } from './delivery-lane.ts';
export type { Claim, LaneBounds, LaneParts } from './delivery-lane.ts';
export { Leases } from './leases.ts';
