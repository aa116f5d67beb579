// Reads what is particular to a Map state, inline and distributed. https://docs.aws.amazon.com/step-functions/latest/dg/state-map.html

import { LIMITS } from '#kernel';
import { isObject } from '../expressions/json.ts';
import type { JsonObject } from '../expressions/json.ts';
import { Fields } from './fields.ts';
import type { Reading } from './read-state.ts';
import { readTemplate } from './templates.ts';
import type { ItemBatcher, ItemReader, MapState, ResultWriter, Setting } from './state.ts';

type MapFields = Pick<
  MapState,
  | 'processor'
  | 'mode'
  | 'items'
  | 'itemSelector'
  | 'maxConcurrency'
  | 'toleratedFailureCount'
  | 'toleratedFailurePercentage'
  | 'itemReader'
  | 'itemBatcher'
  | 'resultWriter'
>;

const COUNT = { min: 0, whole: true };
/** What a resource name cannot hold. Control characters and lone surrogates are among them. */
const LABEL_REFUSED = /[\s?*<>{}[\]"#%\\^|~`$&,;:/\p{Cc}\ufffe\uffff]|\p{Surrogate}/u;
const INPUT_TYPES = ['CSV', 'JSON', 'JSONL', 'PARQUET', 'MANIFEST'];
/** AWS takes tolerated failures and a label in an inline map, and makes nothing of them (recorded). */
const DISTRIBUTED_ONLY = ['ItemReader', 'ItemBatcher', 'ResultWriter'];

export function readMap(fields: Fields, reading: Reading): MapFields {
  fields.atMostOne(['ItemProcessor', 'Iterator']);
  fields.atMostOne(['ItemSelector', 'Parameters']);
  const name = fields.has('Iterator') ? 'Iterator' : 'ItemProcessor';
  fields.required([name]);
  const at = fields.place(name);
  const value = fields.get(name);
  const mode = readMode(isObject(value) ? value : {}, at, fields, reading);
  const isPath = fields.language === 'JSONPath';
  const selector = fields.has('Parameters') ? 'Parameters' : 'ItemSelector';
  return {
    processor: reading.flow(value, at),
    mode,
    items: isPath
      ? { field: 'Items', value: undefined, path: fields.path('ItemsPath') ?? undefined }
      : fields.setting('Items', 'array'),
    itemSelector: readTemplate(fields, selector),
    maxConcurrency: fields.setting('MaxConcurrency', COUNT),
    toleratedFailureCount: fields.setting('ToleratedFailureCount', COUNT),
    toleratedFailurePercentage: fields.setting('ToleratedFailurePercentage', { min: 0, max: 100 }),
    itemReader: readItemReader(fields),
    itemBatcher: readItemBatcher(fields),
    resultWriter: readResultWriter(fields),
  };
}

function readMode(processor: JsonObject, at: string, fields: Fields, reading: Reading): MapState['mode'] {
  const config = processor['ProcessorConfig'];
  const found = new Fields(isObject(config) ? config : {}, `${at}/ProcessorConfig`, fields.language, fields.diagnostics);
  const label = readLabel(fields);
  if (found.oneOf('Mode', ['INLINE', 'DISTRIBUTED']) !== 'DISTRIBUTED') {
    for (const name of DISTRIBUTED_ONLY)
      if (fields.has(name)) fields.diagnostics.schema(fields.place(name), 'Field is only supported in DISTRIBUTED mode');
    if (found.has('ExecutionType')) found.diagnostics.schema(found.place('ExecutionType'), 'Field is not supported');
    return { kind: 'inline' };
  }
  found.required(['ExecutionType']);
  if (reading.executionType === 'EXPRESS')
    fields.diagnostics.schema(found.place('Mode'), 'Express state machine does not support DISTRIBUTED mode');
  const executionType = found.oneOf('ExecutionType', ['STANDARD', 'EXPRESS']);
  // Their executions are told apart by it.
  if (label !== undefined && reading.labels.has(label))
    fields.diagnostics.add('DUPLICATE_LABEL_NAME', fields.place('Label'), `Duplicate label name: ${label}`);
  else if (label !== undefined) reading.labels.add(label);
  return { kind: 'distributed', executionType: executionType === 'EXPRESS' ? 'EXPRESS' : 'STANDARD', label };
}

function readLabel(fields: Fields): string | undefined {
  const label = fields.text('Label');
  if (label === undefined) return undefined;
  const refused = LABEL_REFUSED.exec(label)?.[0];
  if (label === '') fields.diagnostics.add('INVALID_LABEL_NAME', fields.place('Label'), 'Label cannot be empty');
  else if (label.length > LIMITS.mapLabelLength)
    fields.diagnostics.add('INVALID_LABEL_NAME', fields.place('Label'), `Label cannot exceed ${LIMITS.mapLabelLength} characters`);
  else if (refused !== undefined)
    fields.diagnostics.add('INVALID_LABEL_NAME', fields.place('Label'), `Label contains invalid character: '${refused}'`);
  return label;
}

function inner(fields: Fields, name: string): Fields | undefined {
  const value = fields.object(name);
  return value === undefined ? undefined : new Fields(value, fields.place(name), fields.language, fields.diagnostics);
}

function parametersOf(fields: Fields): ItemReader['parameters'] {
  return readTemplate(fields, fields.language === 'JSONPath' ? 'Parameters' : 'Arguments');
}

function readItemReader(fields: Fields): ItemReader | undefined {
  const reader = inner(fields, 'ItemReader');
  if (reader === undefined) return undefined;
  reader.required(['Resource']);
  checkStorage(reader, ['getObject', 'listObjectsV2']);
  const config = inner(reader, 'ReaderConfig');
  config?.oneOf('InputType', INPUT_TYPES);
  config?.oneOf('CSVHeaderLocation', ['FIRST_ROW', 'GIVEN']);
  config?.oneOf('Transformation', ['NONE', 'LOAD_AND_FLATTEN']);
  if (config?.get('InputType') === 'CSV') config.required(['CSVHeaderLocation']);
  if (config?.get('CSVHeaderLocation') === 'GIVEN') config.required(['CSVHeaders']);
  config?.setting('MaxItems', COUNT);
  return { resource: reader.text('Resource') ?? '', config: reader.object('ReaderConfig') ?? {}, parameters: parametersOf(reader) };
}

/** Items are read from, and results written to, objects of buckets alone. */
function checkStorage(fields: Fields, actions: readonly string[]): void {
  const resource = fields.text('Resource');
  const action = /^arn:[a-z-]+:states:::s3:([A-Za-z0-9]+)$/.exec(resource ?? '')?.[1];
  if (resource === undefined || (action !== undefined && actions.includes(action))) return;
  const why = 'The value is not a valid resource ARN, or the resource is not available in this region.';
  fields.diagnostics.schema(fields.place('Resource'), `The resource provided ${resource} is not recognized. ${why}`);
}

function readItemBatcher(fields: Fields): ItemBatcher | undefined {
  const batcher = inner(fields, 'ItemBatcher');
  if (batcher === undefined) return undefined;
  const maxItems: Setting = batcher.setting('MaxItemsPerBatch', { min: 1, whole: true });
  const maxInputBytes: Setting = batcher.setting('MaxInputBytesPerBatch', { min: 1, max: LIMITS.statePayloadBytes, whole: true });
  if ([maxItems, maxInputBytes].every((setting) => setting.value === undefined && setting.path === undefined)) {
    batcher.diagnostics.schema(
      batcher.at,
      'At least one of these fields must be specified: [MaxItemsPerBatch, MaxItemsPerBatchPath, MaxInputBytesPerBatch, MaxInputBytesPerBatchPath]',
    );
  }
  return { maxItems, maxInputBytes, batchInput: readTemplate(batcher, 'BatchInput') };
}

function readResultWriter(fields: Fields): ResultWriter | undefined {
  const writer = inner(fields, 'ResultWriter');
  if (writer === undefined) return undefined;
  checkStorage(writer, ['putObject']);
  const config = inner(writer, 'WriterConfig');
  config?.oneOf('Transformation', ['NONE', 'COMPACT', 'FLATTEN']);
  config?.oneOf('OutputType', ['JSON', 'JSONL']);
  return { resource: writer.text('Resource'), config: writer.object('WriterConfig') ?? {}, parameters: parametersOf(writer) };
}
