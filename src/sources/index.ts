// sources: turns what happens elsewhere into invocations, and carries what services owe to their targets. Its promises: what a service says
// happened reaches every function that asked for it, exactly in the form that AWS would send it; and what was accepted for a target arrives
// there, or in its dead-letter queue, or is told in the log, whatever is killed when, and without anybody waiting for a target that is down.

export { createBucketNotifications, createTestEvents } from './bucket-notifications.ts';
export { createAdmission } from './admission.ts';
export { createDestinationCheck } from './bucket-destinations.ts';
export { Allowance } from './polling/allowance.ts';
export { queueSource } from './polling/queue-source.ts';
export { MappingRunner } from './mappings/mapping-runner.ts';
export { createHttpSender } from './http/http-sender.ts';
export type { HttpSender, HttpTargets } from './http/http-sender.ts';
export type { WebAnswer, WebRequest, WebResult } from './http/web-request.ts';
export { Courier } from './courier/courier.ts';
export { createMailSender } from './courier/email.ts';
export { NO_MAIL } from './courier/email-target.ts';
export { courierPorts } from './courier/room-ports.ts';
export type { CourierHealth } from './courier/courier.ts';
export type { ConnectionPort, MailPort } from './courier/ports.ts';
export { createSubscriberCheck, createSubscriptionDeliveries } from './log-subscriptions.ts';
export type { SubscriberCheck, SubscriberVerdict } from './log-subscriptions.ts';
export { createPipes } from './pipes/pipes.ts';
export type { Pipes } from './pipes/pipes.ts';
export { PipeRunner } from './pipes/pipe-runner.ts';
export { batchSizeOf as pipeBatchSizeOf } from './pipes/pipe-settings.ts';
export { pipeArn, pipeNameIn, stateOf as pipeStateOf } from './pipes/pipe-record.ts';
export type { PipeRecord } from './pipes/pipe-record.ts';
export { createCarry } from './courier/carry.ts';
