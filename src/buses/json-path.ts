// The paths by which rules take parts out of an event: `$.detail.items[0].id`, `$.detail['odd name']`, `$.detail.items[*].id`.
// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-transform-target-input.html

export type JsonPath = readonly Step[];

type Step =
  | { readonly kind: 'member'; readonly name: string }
  | { readonly kind: 'element'; readonly index: number }
  | { readonly kind: 'each' };

const STEP = /\.([^.[\]]+)|\[(\d{1,9})\]|\[(?:'([^']*)'|"([^"]*)")\]|(\[\*\]|\.\*)/y;

/** Undefined for a text that is no such path. */
export function parseJsonPath(text: string): JsonPath | undefined {
  if (!text.startsWith('$')) return undefined;
  const steps: Step[] = [];
  STEP.lastIndex = 1;
  while (STEP.lastIndex < text.length) {
    const found = STEP.exec(text);
    if (found === null) return undefined;
    const [, name, index, single, double, each] = found;
    if (each !== undefined || name === '*') steps.push({ kind: 'each' });
    else if (index !== undefined) steps.push({ kind: 'element', index: Number(index) });
    else steps.push({ kind: 'member', name: name ?? single ?? double ?? '' });
  }
  return steps;
}

/** Undefined where nothing is. Behind `[*]` it is the list of what is there. */
export function valueAt(document: unknown, path: JsonPath): unknown {
  const [step, ...rest] = path;
  if (step === undefined) return document;
  switch (step.kind) {
    case 'member':
      return isObject(document) && Object.hasOwn(document, step.name) ? valueAt(document[step.name], rest) : undefined;
    case 'element':
      return Array.isArray(document) ? valueAt(document[step.index], rest) : undefined;
    case 'each': {
      const items: readonly unknown[] = Array.isArray(document) ? document : isObject(document) ? Object.values(document) : [];
      return items.map((item) => valueAt(item, rest)).filter((value) => value !== undefined);
    }
    default:
      return step satisfies never;
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
