// front: the port's fastest way, for plain requests for function URLs. Promises that it never reads a request differently from Node's
// parser, and that a connection which brings anything else goes on with Node as if this lane were not there.
//
// Measured beside a lane of node:http alone, same run, 32 connections: see docs/benchmarks.md.

export { ExpressLane, originOf } from './express-lane.ts';
export type { Origin } from './express-lane.ts';
export type { WholeAnswer } from './answer-bytes.ts';
export type { WholeRequest } from './whole-request.ts';
