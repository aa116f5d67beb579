// JSON values, and the few questions about them that every part of the language asks.

export type Json = null | boolean | number | string | readonly Json[] | JsonObject;
export type JsonObject = { readonly [key: string]: Json };

export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function isArray(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value);
}

/** A member that the document itself has: never one of a prototype, whatever its name. */
export function member(value: JsonObject, key: string): Json | undefined {
  return Object.hasOwn(value, key) ? value[key] : undefined;
}

export function jsonEquals(left: Json, right: Json): boolean {
  if (left === right) return true;
  if (isArray(left))
    return isArray(right) && left.length === right.length && left.every((item, index) => jsonEquals(item, right[index] ?? null));
  if (!isObject(left) || !isObject(right)) return false;
  const keys = Object.keys(left);
  return (
    keys.length === Object.keys(right).length &&
    keys.every((key) => {
      const other = member(right, key);
      return other !== undefined && jsonEquals(left[key] ?? null, other);
    })
  );
}

export function jsonTypeName(value: Json): 'null' | 'boolean' | 'number' | 'string' | 'array' | 'object' {
  if (value === null) return 'null';
  if (isArray(value)) return 'array';
  const kind = typeof value;
  return kind === 'boolean' || kind === 'number' || kind === 'string' ? kind : 'object';
}

/** The same text for equal values, whatever the order of their members. */
export function canonical(value: Json): string {
  if (isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (!isObject(value)) return JSON.stringify(value);
  const members = Object.keys(value)
    .toSorted()
    .map((key) => `${JSON.stringify(key)}:${canonical(value[key] ?? null)}`);
  return `{${members.join(',')}}`;
}

/** As Java prints a map or a list (`{Arg1=1, Arg2=[]}`), which is what States.Format shows. */
export function javaText(value: Json): string {
  if (isArray(value)) return `[${value.map(javaText).join(', ')}]`;
  if (isObject(value)) {
    const members = Object.entries(value).map(([key, item]) => `${key}=${javaText(item)}`);
    return `{${members.join(', ')}}`;
  }
  return String(value);
}
