// Map states: their items, inline or as a map run whose children are executions of their own. https://docs.aws.amazon.com/step-functions/latest/dg/state-map-distributed.html

import assert from 'node:assert/strict';
import { setImmediate } from 'node:timers/promises';
import { LIMITS } from '#kernel';
import type { MapState, Setting } from '../definition/state.ts';
import { isArray, isObject } from '../expressions/json.ts';
import type { Json, JsonObject } from '../expressions/json.ts';
import { shownText } from '../expressions/payload-text.ts';
import { selectItem, startIterations } from './children.ts';
import type { MapItem, Thread } from './execution.ts';
import type { ItemOrigin } from './messages.ts';
import type { Scope, Subject } from './scope.ts';
import { StateFailure } from './state-failure.ts';
import type { Turn } from './turn.ts';

export async function startMap(turn: Turn, thread: Thread, state: MapState): Promise<void> {
  const scope = turn.scope(thread);
  const { input } = turn.current(thread);
  const document = scope.wholePath(state.inputPath, input);
  if (state.language === 'JSONPath') turn.observer?.saw('afterInputPath', document);
  if (state.itemReader !== undefined) return readItems(turn, thread, state, scope, document);
  const items = await itemsOf(state, scope, document, { input });
  if (state.language === 'JSONPath') turn.observer?.saw('afterItemsPath', items);
  return startWith(turn, thread, items);
}

async function itemsOf(state: MapState, scope: Scope, document: Json, subject: Subject): Promise<readonly Json[]> {
  if (state.language === 'JSONata') {
    const items = (await scope.setting(state.items, document, subject, 'array')) ?? subject.input;
    if (isArray(items)) return items;
    throw scope.queryFailure(`Map state input must be an array but was: ${shownText(items)}`, undefined);
  }
  const items = state.items.path === undefined ? document : scope.text(state.items.path, 'ItemsPath', document);
  if (isArray(items)) return items;
  throw scope.runtime(`Reference path "${state.items.path ?? '$'}" must point to array.`);
}

async function readItems(turn: Turn, thread: Thread, state: MapState, scope: Scope, document: Json): Promise<void> {
  const { itemReader } = state;
  assert(itemReader !== undefined);
  const { input } = turn.current(thread);
  const parameters =
    itemReader.parameters === undefined ? {} : await scope.template(itemReader.parameters, 'ItemReader', document, { input });
  const config = await scope.template(itemReader.config, 'ItemReader/ReaderConfig', document, { input });
  const readId = `${thread.id}:read:${thread.previousEventId}:${turn.current(thread).retryCount}`;
  turn.phase(thread, { kind: 'reading', readId });
  turn.commands.push({
    kind: 'read-items',
    readId,
    resource: itemReader.resource,
    config: withMaxItems(isObject(config) ? config : {}, scope, document),
    parameters,
  });
}

/** MaxItemsPath is looked up here, so that the reader sees one field only. */
function withMaxItems(config: JsonObject, scope: Scope, document: Json): JsonObject {
  const path = config['MaxItemsPath'];
  return typeof path === 'string' ? { ...config, MaxItems: scope.text(path, 'MaxItemsPath', document) } : config;
}

/** The items are known, from the input or from a reader. */
export async function startWith(turn: Turn, thread: Thread, items: readonly Json[], origin?: ItemOrigin): Promise<void> {
  const state = turn.state(thread);
  assert(state.kind === 'Map');
  const scope = turn.scope(thread);
  const { input } = turn.current(thread);
  const document = scope.wholePath(state.inputPath, input);
  const subject = { input };
  turn.note(thread, 'MapStateStarted', { member: 'mapStateStartedEventDetails', value: { length: items.length } });
  const maxConcurrency = (await countOf(state.maxConcurrency, scope, document, subject)) ?? 0;
  turn.observer?.saw('maxConcurrency', maxConcurrency);
  const toleratedFailureCount = await countOf(state.toleratedFailureCount, scope, document, subject);
  if (toleratedFailureCount !== undefined) turn.observer?.saw('toleratedFailureCount', toleratedFailureCount);
  const toleratedFailurePercentage = await percentageOf(state.toleratedFailurePercentage, scope, document, subject);
  if (toleratedFailurePercentage !== undefined) turn.observer?.saw('toleratedFailurePercentage', toleratedFailurePercentage);
  if (state.mode.kind === 'inline') return startIterations(turn, thread, state, items, maxConcurrency);
  const label = state.mode.label ?? state.name;
  const inputs = await childInputs(turn, thread, state, mapItems(items, origin), scope, document);
  const { facts } = turn.execution;
  const mapRunId = `arn:${facts.partition}:states:${facts.region}:${facts.accountId}:mapRun:${facts.machineName}/${label}:${turn.random.uuid()}`;
  const resultWriter = await writerOf(state, scope, document, subject);
  turn.note(thread, 'MapRunStarted', { member: 'mapRunStartedEventDetails', value: { mapRunArn: mapRunId } });
  turn.phase(thread, { kind: 'map-run', mapRunId, redriveCount: 0 });
  turn.commands.push({
    kind: 'start-map-run',
    mapRunId,
    flowPath: state.processor.path,
    label,
    executionType: state.mode.executionType,
    inputs,
    itemCount: items.length,
    maxConcurrency,
    toleratedFailureCount,
    toleratedFailurePercentage,
    resultWriter,
  });
}

async function writerOf(
  state: MapState,
  scope: Scope,
  document: Json,
  subject: Subject,
): Promise<{ resource: string | undefined; config: JsonObject; parameters: Json } | undefined> {
  const { resultWriter } = state;
  if (resultWriter === undefined) return undefined;
  const parameters =
    resultWriter.parameters === undefined ? {} : await scope.template(resultWriter.parameters, 'ResultWriter', document, subject);
  return { resource: resultWriter.resource, config: resultWriter.config, parameters };
}

/** Of a distributed map alone: what a map within its execution iterates over has no source (recorded). */
function* mapItems(items: readonly Json[], origin: ItemOrigin | undefined): Generator<MapItem> {
  const { sources, keys } = origin ?? { sources: [{ uri: 'STATE_DATA', items: items.length }], keys: undefined };
  let index = 0;
  for (const { uri: source, items: count } of sources) {
    for (const value of items.slice(index, index + count)) {
      const key = keys?.[index];
      yield { index, value, source, ...(key === undefined ? {} : { key }) };
      index += 1;
    }
  }
}

/** Of many items; whoever else has something to do gets its turn in between. */
const ITEMS_AT_ONCE = 500;

async function childInputs(
  turn: Turn,
  thread: Thread,
  state: MapState,
  items: Iterable<MapItem>,
  scope: Scope,
  document: Json,
): Promise<readonly Json[]> {
  const selected: Json[] = [];
  let length = 0;
  for (const item of items) {
    const input = await selectItem(turn, thread, state, item);
    length += scope.payload(input).length;
    withinInputs(state, length);
    selected.push(input);
    if (selected.length % ITEMS_AT_ONCE === 0) await setImmediate();
  }
  const { itemBatcher } = state;
  if (itemBatcher === undefined) return selected;
  const subject = { input: turn.current(thread).input };
  const maxItems = (await countOf(itemBatcher.maxItems, scope, document, subject)) ?? Number.POSITIVE_INFINITY;
  const maxBytes = Math.min(
    (await countOf(itemBatcher.maxInputBytes, scope, document, subject)) ?? LIMITS.statePayloadBytes,
    LIMITS.statePayloadBytes,
  );
  const batchInput =
    itemBatcher.batchInput === undefined
      ? undefined
      : await scope.template(itemBatcher.batchInput, 'ItemBatcher/BatchInput', document, subject);
  const made = batches(selected, { maxItems, maxBytes, batchInput });
  withinInputs(state, length + made.length * JSON.stringify(batchInput ?? '').length);
  return made;
}

function withinInputs({ name }: MapState, length: number): void {
  if (length <= LIMITS.mapInputsLength) return;
  const cause = `The inputs of the child workflow executions of '${name}' have more than ${LIMITS.mapInputsLength} characters in all. Pass less to each with ItemSelector, or divide the items among more map runs.`;
  throw new StateFailure({ error: 'States.DataLimitExceeded', cause, fatal: true });
}

function batches(
  items: readonly Json[],
  of: { readonly maxItems: number; readonly maxBytes: number; readonly batchInput: Json | undefined },
): readonly Json[] {
  const frame: JsonObject = of.batchInput === undefined ? {} : { BatchInput: of.batchInput };
  const frameBytes = Buffer.byteLength(JSON.stringify({ ...frame, Items: [] }));
  const made: Json[][] = [];
  let bytes = 0;
  for (const item of items) {
    const size = Buffer.byteLength(JSON.stringify(item)) + 1;
    const last = made.at(-1);
    if (last === undefined || last.length >= of.maxItems || bytes + size > of.maxBytes) {
      made.push([item]);
      bytes = frameBytes + size;
    } else {
      last.push(item);
      bytes += size;
    }
  }
  return made.map((batch) => ({ ...frame, Items: batch }));
}

async function countOf(setting: Setting, scope: Scope, document: Json, subject: Subject): Promise<number | undefined> {
  const value = await scope.setting(setting, document, subject, 'number');
  if (value === undefined) return undefined;
  // A text that is a number is taken for it where a path finds it.
  const count = typeof value === 'string' && setting.path !== undefined && /^-?\d{1,15}$/.test(value) ? Number(value) : value;
  if (typeof count === 'number' && Number.isInteger(count)) {
    if (count >= 0) return count;
    throw scope.runtime(`${setting.field} cannot be negative.`);
  }
  if (setting.path === undefined)
    throw scope.queryFailure(`The ${setting.field} field must be an integer but was: ${shownText(value)}`, setting.field);
  throw scope.runtime(
    `The ${setting.field}Path field refers to value ${shownText(value)} which is not a valid integer: ${setting.path}`,
  );
}

async function percentageOf(setting: Setting, scope: Scope, document: Json, subject: Subject): Promise<number | undefined> {
  const value = await scope.setting(setting, document, subject, 'number');
  if (value === undefined) return undefined;
  if (typeof value !== 'number')
    throw scope.runtime(
      `The ${setting.field}Path field refers to value ${shownText(value)} which is not a valid float: ${setting.path ?? ''}`,
    );
  if (value >= 0 && value <= 100) return value;
  throw scope.runtime(`${setting.field} must be between 0 and 100.`);
}
