// A JSON document as a form: `metadata[order]=1&items[0]=a`. Pure. https://docs.aws.amazon.com/step-functions/latest/dg/call-https-apis.html#url-encode-request-body

import { isArray, isObject } from '#workflows';
import type { Json, JsonObject } from '#workflows';

export const ARRAY_FORMATS = ['INDICES', 'REPEAT', 'COMMAS', 'BRACKETS'] as const;
export type ArrayFormat = (typeof ARRAY_FORMATS)[number];

/** Undefined where it is longer than `charactersMax`: deep objects repeat their path with each of their members. */
export function formEncoded(document: JsonObject, format: ArrayFormat, charactersMax: number): string | undefined {
  const texts: string[] = [];
  let characters = 0;
  for (const [name, value] of Object.entries(document))
    for (const text of fields(name, value, format)) {
      characters += text.length + 1;
      if (characters > charactersMax) return undefined;
      texts.push(text);
    }
  return texts.join('&');
}

function* fields(name: string, value: Json, format: ArrayFormat): Generator<string> {
  if (isArray(value)) yield* listFields(name, value, format);
  else if (isObject(value)) for (const [inner, item] of Object.entries(value)) yield* fields(`${name}[${inner}]`, item, format);
  else yield `${escaped(name)}=${escaped(value === null ? '' : String(value))}`;
}

function* listFields(name: string, list: readonly Json[], format: ArrayFormat): Generator<string> {
  if (format === 'COMMAS') {
    const items = list.map((item) => escaped(typeof item === 'object' ? JSON.stringify(item) : String(item)));
    yield `${escaped(name)}=${items.join(',')}`;
    return;
  }
  for (const [index, item] of list.entries()) yield* fields(name + suffixOf(format, index), item, format);
}

function suffixOf(format: Exclude<ArrayFormat, 'COMMAS'>, index: number): string {
  switch (format) {
    case 'INDICES':
      return `[${index}]`;
    case 'BRACKETS':
      return '[]';
    case 'REPEAT':
      return '';
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
