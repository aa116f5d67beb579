// What came of an invocation → what its caller gets, for both ways on which function URLs are served.

import type { AttemptResult } from '#invocation';
import type { Log, RequestId } from '#kernel';
import { BodyTooLarge, toApiError } from '../failure.ts';
import { urlAnswer } from './url-answer.ts';
import type { UrlAnswer } from './url-answer.ts';
import { badGateway, refusalOfApiError, refusalOfResult, tooLarge, UrlRefusal } from './url-refusal.ts';

/** The invocation of a function that returned; throws what a caller gets of any other. */
export function returnedOf(result: AttemptResult): Extract<AttemptResult, { kind: 'answered' }> {
  if (result.kind !== 'answered') throw refusalOfResult(result);
  if (result.answer.functionError !== undefined) throw badGateway();
  return result;
}

export interface AnswerContext {
  readonly requestId: RequestId;
  readonly functionName: string;
  readonly log: Log;
}

/** What the function's document says; throws a 502 where it says that it is an answer and is none. */
export function answerIn(payload: Uint8Array, { requestId, functionName, log }: AnswerContext): UrlAnswer {
  const answer = urlAnswer(payload);
  if (answer !== undefined) return answer;
  log.write('info', 'function-url.invalid-answer', { requestId, function: functionName });
  throw badGateway();
}

/** What a caller is told of anything that was thrown; the log is told of what is nobody's refusal. */
export function refusalOf(error: unknown, { requestId, log }: Pick<AnswerContext, 'requestId' | 'log'>): UrlRefusal {
  if (error instanceof UrlRefusal) return error;
  if (error instanceof BodyTooLarge) return tooLarge();
  const answer = toApiError(error, 'lambda', 'restJson1');
  if (answer !== undefined) return refusalOfApiError(answer);
  log.write('error', 'function-url.failed', { requestId, cause: error });
  return badGateway();
}
