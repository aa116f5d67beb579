// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_GetQueueAttributes.html

import { ApiError } from '#kernel';
import { ATTRIBUTE_NAMES, attributeTexts, countTexts } from '#queues';
import { queueOf, type SqsHandler } from './operation.ts';

export const getQueueAttributes: SqsHandler<'GetQueueAttributes'> =
  ({ queues }) =>
  async (input, context) => {
    const address = queueOf(input, context);
    const names: readonly string[] = input.AttributeNames ?? [];
    const foreign = names.find((name) => !ATTRIBUTE_NAMES.has(name));
    if (foreign !== undefined) throw new ApiError('InvalidAttributeName', `Unknown Attribute ${foreign}.`);
    const queue = await queues.administration.need(address);
    const isWanted = (name: string): boolean => names.includes('All') || names.includes(name);
    const countsAreWanted = names.some((name) => name === 'All' || name.startsWith('ApproximateNumber'));
    const texts = {
      ...attributeTexts(queue),
      ...(countsAreWanted ? countTexts(await queues.counts(address)) : {}),
    };
    const wanted = Object.entries(texts).filter(([name]) => isWanted(name));
    return wanted.length === 0 ? {} : { Attributes: Object.fromEntries(wanted) };
  };
