// A JSON document as a form: `metadata[order]=1&items[0]=a`. Pure. https://docs.aws.amazon.com/step-functions/latest/dg/call-https-apis.html#url-encode-request-body

import { isArray, isObject } from '#workflows';
import type { Json, JsonObject } from '#workflows';

export const ARRAY_FORMATS = ['INDICES', 'REPEAT', 'COMMAS', 'BRACKETS'] as const;
export type ArrayFormat = (typeof ARRAY_FORMATS)[number];

export function formEncoded(document: JsonObject, format: ArrayFormat): string {
  return Object.entries(document)
    .flatMap(([name, value]) => fields(name, value, format))
    .join('&');
}

function fields(name: string, value: Json, format: ArrayFormat): readonly string[] {
  if (isArray(value)) return listFields(name, value, format);
  if (isObject(value)) return Object.entries(value).flatMap(([inner, item]) => fields(`${name}[${inner}]`, item, format));
  return [`${escaped(name)}=${escaped(value === null ? '' : String(value))}`];
}

function listFields(name: string, list: readonly Json[], format: ArrayFormat): readonly string[] {
  switch (format) {
    case 'INDICES':
      return list.flatMap((item, index) => fields(`${name}[${index}]`, item, format));
    case 'BRACKETS':
      return list.flatMap((item) => fields(`${name}[]`, item, format));
    case 'REPEAT':
      return list.flatMap((item) => fields(name, item, format));
    case 'COMMAS': {
      const items = list.map((item) => escaped(typeof item === 'object' ? JSON.stringify(item) : String(item)));
      return [`${escaped(name)}=${items.join(',')}`];
    }
    default:
      return format satisfies never;
  }
}

/** Spaces as `%20`, as AWS shows it, and everything else that is not unreserved. */
function escaped(text: string): string {
  return encodeURIComponent(text.toWellFormed()).replaceAll(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
