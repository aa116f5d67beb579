// outbox: the shape of what a service has accepted and must hand on to a target elsewhere: a topic's message for a queue, a rule's
// event for a function, an event that nobody could handle for a dead-letter queue. An entry is stored as a delivery, in the step that
// acknowledges what caused it, so that nothing lies between "accepted" and "will arrive"; `sources` carries entries to their targets.
// Owns no state.

export { deliveryOfEntry, entryOfDelivery, OUTBOX_LANE, REMOTE_OUTBOX_LANE } from './outbox.ts';
export type {
  BackOff,
  BusEventOrigin,
  DeadLetter,
  HttpTarget,
  MessageAttributes,
  OutboxEntry,
  RetryPolicy,
  Sender,
  Target,
} from './outbox.ts';
