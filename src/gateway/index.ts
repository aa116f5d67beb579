// gateway: the door. Reads AWS's wire, authenticates, hands each operation to its handler and writes the answer. Promises that nothing reaches a
// handler unsigned but what its service lists, and that a caller is never told more of a bug than its request id.

export type { KeyRing, KnownKey } from './authenticate.ts';
export { createGateway } from './gateway.ts';
export type { Gateway, GatewayLimits, GatewayOptions, ListenRequest, Route, RouteDoor } from './gateway.ts';
export type {
  CallContext,
  Handler,
  HandlerInput,
  HandlerOutput,
  Handlers,
  OperationHandler,
  ServiceHandlers,
} from './operation.ts';
export type { AnyHandler, Service, Services } from './service.ts';
export { cloudEventsRoute } from './cloud-events/cloud-events-route.ts';
export { codeDownloadRoute } from './lambda/index.ts';
export { createOperationCaller } from './operation-caller/operation-caller.ts';
export { platformRoute } from './platform/index.ts';
export type { Health, PlatformPages } from './platform/index.ts';
export { createCrossOriginRoute } from './s3/cross-origin-route.ts';
export { servicesOf } from './services.ts';
export { snsLinksRoute } from './sns/links-route.ts';
export type { Rooms } from './services.ts';
export type { SfnRooms } from './sfn/index.ts';
