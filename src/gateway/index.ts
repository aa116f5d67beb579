// gateway: the door. Reads AWS's wire, authenticates, hands each operation to its handler and writes the answer.

export type {
  CallContext,
  Handler,
  HandlerInput,
  HandlerOutput,
  Handlers,
  OperationHandler,
  ServiceHandlers,
} from './operation.ts';
