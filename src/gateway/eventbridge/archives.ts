// CreateArchive, DescribeArchive, ListArchives, UpdateArchive, DeleteArchive.
// https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_CreateArchive.html

import { busArn, eventArn, type Archive } from '#buses';
import { ApiError, type Scope } from '#kernel';
import { nextPage, refuseKey, type EventBridgeHandler } from './operation.ts';

export const createArchive: EventBridgeHandler<'CreateArchive'> =
  ({ buses }) =>
  async ({ ArchiveName, EventSourceArn, Description, EventPattern, RetentionDays, KmsKeyIdentifier }, { scope }) => {
    refuseKey(KmsKeyIdentifier);
    const record = await buses.archives.create(scope, ArchiveName, {
      busArn: EventSourceArn,
      description: Description,
      pattern: EventPattern,
      retentionDays: RetentionDays,
    });
    return madeOf(scope, ArchiveName, record);
  };

export const describeArchive: EventBridgeHandler<'DescribeArchive'> =
  ({ buses }) =>
  async ({ ArchiveName }, { scope }) => {
    const archive = await buses.archives.get(scope, ArchiveName);
    const { pattern, description } = archive.record;
    return {
      ...summaryOf(scope, archive),
      ArchiveArn: arnOf(scope, ArchiveName),
      ...(description === undefined ? {} : { Description: description }),
      ...(pattern === undefined ? {} : { EventPattern: pattern }),
    };
  };

export const listArchives: EventBridgeHandler<'ListArchives'> =
  ({ buses }) =>
  async ({ NamePrefix, EventSourceArn, State, NextToken, Limit }, { scope }) => {
    if ([NamePrefix, EventSourceArn, State].filter((filter) => filter !== undefined).length > 1)
      throw new ApiError(
        'ValidationException',
        'At most one filter is allowed for ListArchives. Use either : State, EventSourceArn, or NamePrefix.',
        { status: 400 },
      );
    // Every archive is enabled from its making to its end.
    if (State !== undefined && State !== 'ENABLED') return { Archives: [] };
    const query = { prefix: NamePrefix, busArn: EventSourceArn, token: NextToken, limit: Limit };
    const page = await buses.archives.list(scope, query);
    return { Archives: page.items.map((archive) => summaryOf(scope, archive)), ...nextPage(page) };
  };

export const updateArchive: EventBridgeHandler<'UpdateArchive'> =
  ({ buses }) =>
  async ({ ArchiveName, Description, EventPattern, RetentionDays, KmsKeyIdentifier }, { scope }) => {
    refuseKey(KmsKeyIdentifier);
    const settings = { description: Description, pattern: EventPattern, retentionDays: RetentionDays };
    return madeOf(scope, ArchiveName, await buses.archives.update(scope, ArchiveName, settings));
  };

export const deleteArchive: EventBridgeHandler<'DeleteArchive'> =
  ({ buses }) =>
  async ({ ArchiveName }, { scope }) => {
    await buses.archives.delete(scope, ArchiveName);
    return {};
  };

function madeOf(scope: Scope, name: string, { createdAtMs }: Archive['record']) {
  return { ArchiveArn: arnOf(scope, name), State: 'ENABLED' as const, CreationTime: new Date(createdAtMs) };
}

function summaryOf(scope: Scope, { name, record, totals }: Archive) {
  return {
    ArchiveName: name,
    EventSourceArn: busArn(scope, record.bus),
    State: 'ENABLED' as const,
    RetentionDays: record.retentionDays,
    EventCount: totals.events,
    SizeBytes: totals.bytes,
    CreationTime: new Date(record.createdAtMs),
  };
}

function arnOf(scope: Scope, name: string): string {
  return eventArn(scope, { kind: 'archive', name });
}
