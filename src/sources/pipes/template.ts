// Input templates of pipes. Pure. https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes-input-transformation.html
//
// `<$.body.order>` stands for what is there in the event, `<aws.pipes.pipe-name>` and its like for what the pipe knows. In a template that
// is JSON, a placeholder outside of quotes becomes JSON, within quotes text; in any other text it becomes text. A template of one placeholder
// is the value itself. What is not in the event is the empty string.

import { parseJsonPath, valueAt } from '#buses';
import { quotedText, templatePieces } from '#patterns';
import { withParsedBody } from '../polling/record-filter.ts';
import { invalid } from './pipe-answers.ts';

export interface TemplateContext {
  readonly event: unknown;
  readonly pipe: PipeIdentity;
  readonly nowMs: number;
  readonly budget: TextBudget;
}

/** A template of a few kilobytes that names its event hundreds of times makes hundreds of megabytes of a large one. */
export class TextBudget {
  readonly #whole: TextBudget | undefined;
  #left: number;

  /** `whole`: what this one is a part of. */
  constructor(characters: number, whole?: TextBudget) {
    this.#left = characters;
    this.#whole = whole;
  }

  /** The same text. Throws TextTooLong when the texts so far are more than there may be. */
  take(text: string): string {
    this.#left -= text.length;
    if (this.#left < 0) throw new TextTooLong();
    return this.#whole?.take(text) ?? text;
  }
}

export class TextTooLong extends Error {
  constructor() {
    super('the input template makes too long a text of the event');
    this.name = 'TextTooLong';
  }
}

export interface PipeIdentity {
  readonly arn: string;
  readonly name: string;
  readonly source: string;
  readonly enrichment: string | null;
  readonly target: string;
}

/** For targets that take text, and for those that take JSON. */
export interface Filled {
  readonly text: string;
  readonly json: string;
}

export type Template = (context: TemplateContext) => Filled;

/** Parsed once, however many placeholders look into it. */
interface Filling extends TemplateContext {
  readonly content: () => unknown;
}

type Fill = (filling: Filling) => unknown;

type Place = 'json' | 'quoted' | 'text';

type Piece = string | { readonly of: Fill; readonly place: Place };

/** Anything else between angle brackets is text. */
const PLACEHOLDER = /<(\$[^<>]*|aws\.pipes\.[\w.-]+)>/y;

/** Throws ValidationException for a placeholder that means nothing; what it returns throws TextTooLong. */
export function compileTemplate(template: string): Template {
  const pieces = piecesOf(template.trim());
  const [only] = pieces;
  if (pieces.length === 1 && typeof only === 'object') return (context) => filledOf(only.of(fillingOf(context)));
  return (context) => {
    const filling = fillingOf(context);
    const textIn = (piece: Piece) => (typeof piece === 'string' ? piece : textOf(piece.of(filling), piece.place));
    const text = pieces.map((piece) => context.budget.take(textIn(piece))).join('');
    return { text, json: isJson(text) ? text : JSON.stringify(text) };
  };
}

function fillingOf(context: TemplateContext): Filling {
  let parsed: { readonly event: unknown } | undefined;
  return { ...context, content: () => (parsed ??= { event: withBody(context.event) }).event };
}

/** What is passed on as it is. */
export function filledOf(value: unknown = ''): Filled {
  const json = JSON.stringify(value);
  return { text: typeof value === 'string' ? value : json, json };
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false; // Then it is text, which JSON can hold as well.
  }
}

/** A parameter of a target: a path into the event where it begins like one, else what it says. */
export function compileParameter(parameter: string): (event: unknown) => unknown {
  if (!parameter.startsWith('$')) return () => parameter;
  const of = pathValue(parameter);
  return (event) => of(withBody(event));
}

function piecesOf(template: string): readonly Piece[] {
  const isInJson = /^["[{]/.test(template);
  return templatePieces(template, PLACEHOLDER).map((piece) => {
    if (piece.kind === 'text') return piece.text;
    return { of: valueOf(piece.name), place: !isInJson ? 'text' : piece.isQuoted ? 'quoted' : 'json' };
  });
}

function textOf(value: unknown = '', place: Place): string {
  switch (place) {
    case 'json':
      return JSON.stringify(value);
    case 'quoted':
      return quotedText(value);
    case 'text':
      return typeof value === 'string' ? value : JSON.stringify(value);
    default:
      return place satisfies never;
  }
}

function valueOf(name: string): Fill {
  if (name.startsWith('$')) {
    const of = pathValue(name);
    return ({ content }) => of(content());
  }
  switch (name) {
    case 'aws.pipes.pipe-arn':
      return ({ pipe }) => pipe.arn;
    case 'aws.pipes.pipe-name':
      return ({ pipe }) => pipe.name;
    case 'aws.pipes.source-arn':
      return ({ pipe }) => pipe.source;
    case 'aws.pipes.enrichment-arn':
      return ({ pipe }) => pipe.enrichment ?? '';
    case 'aws.pipes.target-arn':
      return ({ pipe }) => pipe.target;
    case 'aws.pipes.event.ingestion-time':
      return ({ nowMs }) => new Date(nowMs).toISOString();
    case 'aws.pipes.event':
      return ({ event }) => event;
    case 'aws.pipes.event.json':
      return ({ content }) => content();
    default:
      throw invalid(`The input template has the placeholder <${name}>, which EventBridge Pipes does not know.`);
  }
}

function pathValue(path: string): (event: unknown) => unknown {
  const parsed = parseJsonPath(path);
  if (parsed === undefined) throw invalid(`${path} is no path into an event.`);
  return (event) => valueAt(event, parsed);
}

/** A message's body is parsed where something looks into it, and only a source's: what an enrichment answers has no `eventSource`. */
export function withBody(event: unknown): unknown {
  const isMessage = typeof event === 'object' && event !== null && 'eventSource' in event && event.eventSource === 'aws:sqs';
  return isMessage ? withParsedBody(event) : event;
}
