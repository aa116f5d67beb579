// What a ResultWriter asks for, read from what the definition says and its expressions came to.

import { isObject } from '#workflows';
import type { ResultWriterPlan } from '../map-run-plan.ts';
import { mapRunName } from '../map-run-names.ts';

export type Transformation = 'NONE' | 'COMPACT' | 'FLATTEN';

export type WriterSettings = {
  readonly transformation: Transformation;
  readonly isLines: boolean;
  /** Undefined where results go into the state's output. */
  readonly destination: { readonly bucket: string; readonly prefix: string } | undefined;
};

const RESOURCE = /^arn:[^:]+:states:::s3:putObject$/;
const PARAMETERS = new Set(['Bucket', 'Prefix']);

export type ReadSettings =
  | { readonly kind: 'settings'; readonly settings: WriterSettings }
  | { readonly kind: 'unfit'; readonly cause: string };

export function writerSettings(writer: ResultWriterPlan, mapRunArn: string): ReadSettings {
  const { resource, config } = writer;
  const transformation = transformationOf(config['Transformation'], resource === undefined ? 'COMPACT' : 'NONE');
  const isLines = config['OutputType'] === 'JSONL';
  if (resource === undefined) return { kind: 'settings', settings: { transformation, isLines, destination: undefined } };
  if (!RESOURCE.test(resource))
    return unfit(`The resource '${resource}' cannot write results: arn:aws:states:::s3:putObject does.`);
  const parameters = isObject(writer.parameters) ? writer.parameters : {};
  const unknown = Object.keys(parameters).find((name) => !PARAMETERS.has(name));
  if (unknown !== undefined) return unfit(`The field '${unknown}' is not supported by Step Functions`);
  const { Bucket: bucket, Prefix: given = '' } = parameters;
  if (typeof bucket !== 'string' || bucket === '') return unfit(`The value for the field 'Bucket' must be a STRING`);
  if (typeof given !== 'string') return unfit(`The value for the field 'Prefix' must be a STRING`);
  const folder = given === '' || given.endsWith('/') ? given : `${given}/`;
  const prefix = `${folder}${mapRunName(mapRunArn)?.id ?? mapRunArn}/`;
  return { kind: 'settings', settings: { transformation, isLines, destination: { bucket, prefix } } };
}

function transformationOf(value: unknown, otherwise: Transformation): Transformation {
  return value === 'NONE' || value === 'COMPACT' || value === 'FLATTEN' ? value : otherwise;
}

function unfit(cause: string): ReadSettings {
  return { kind: 'unfit', cause };
}
