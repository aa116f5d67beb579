// Errors of one call: what the caller is told, and what the log is told instead where the mistake is ours.

import { ApiError, ERROR_CODES } from '#kernel';
import type { Log, RequestId } from '#kernel';
import { StoreFailure } from '#store';
import { findError, writeError } from '#wire';
import type { ErrorService, Protocol, ServiceModel, StreamError, WireAnswer, WireError } from '#wire';
import { dialectOf, toApiError } from './failure.ts';

export interface ErrorTellerOptions {
  readonly log: Log;
  readonly requestId: RequestId;
  readonly method: string;
  readonly resource: string;
}

/** For a request whose service nobody knows yet. */
const NO_SERVICE: ErrorService = {
  errors: new Map(),
  xmlNamespace: undefined,
  signingName: 'mayfly',
  version: '2026-11-20',
  isQueryCompatible: false,
};

export class ErrorTeller {
  /** Set as soon as they are known: an error is told in the words of the service that was asked. */
  service: ServiceModel | undefined;
  protocol: Protocol = 'restXml';
  resource: string;
  readonly #log: Log;
  readonly #requestId: RequestId;
  readonly #method: string;

  constructor({ log, requestId, method, resource }: ErrorTellerOptions) {
    this.#log = log;
    this.#requestId = requestId;
    this.#method = method;
    this.resource = resource.split('?')[0] ?? resource;
  }

  answer(error: unknown): WireAnswer {
    const apiError = this.apiErrorOf(error);
    const answer = writeError({
      service: this.service ?? NO_SERVICE,
      protocol: this.protocol,
      error: this.#wireError(apiError),
      requestId: this.#requestId,
      resource: this.resource,
      hostId: hostId(this.#requestId),
      method: this.#method,
    });
    return { ...answer, headers: { ...answer.headers, ...apiError.headers } };
  }

  /** For an error in the middle of an event stream. */
  describe(error: unknown): StreamError {
    const { code, message, fields } = this.apiErrorOf(error);
    return { code, message, fields, modelled: findError(this.service ?? NO_SERVICE, code) };
  }

  report(error: unknown): void {
    this.#log.write('error', 'gateway.failed', {
      requestId: this.#requestId,
      service: this.service?.name,
      resource: this.resource,
      error,
    });
  }

  identifyingHeaders(): Record<string, string> {
    if (this.protocol === 'restXml') return { 'x-amz-request-id': this.#requestId, 'x-amz-id-2': hostId(this.#requestId) };
    return { 'x-amzn-requestid': this.#requestId };
  }

  /** A bug, or a disk that fails, is logged once, whole, and told without its insides. */
  apiErrorOf(error: unknown): ApiError {
    const known = toApiError(error, this.service?.name ?? 's3', this.protocol);
    if (known !== undefined) return known;
    this.report(error);
    if (error instanceof StoreFailure)
      return new ApiError(
        'ServiceUnavailable',
        `The platform cannot save or read anything now, and did nothing. Please try again; GET /_mayfly/health and the platform's log (${this.#requestId}) say why.`,
      );
    const code = dialectOf(this.protocol) === 's3' ? 'InternalError' : 'InternalFailure';
    return new ApiError(
      code,
      `We encountered an internal error. Please try again. The platform's log has it under ${this.#requestId}.`,
    );
  }

  #wireError({ code, message, status, fields }: ApiError): WireError {
    const modelled = findError(this.service ?? NO_SERVICE, code);
    const { status: usual, fault } = modelled ?? ERROR_CODES[code];
    return { code, message, status: status ?? usual, fault, fields };
  }
}

/** S3's second id names the server that answered; ours says the request again, in its form. */
function hostId(requestId: RequestId): string {
  return Buffer.from(requestId, 'latin1').toString('base64');
}
