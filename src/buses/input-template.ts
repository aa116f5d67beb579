// What a target receives of an event: all of it, a part, a text of its own, or a template that is filled in.
// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-transform-target-input.html
//
// In a template, a placeholder that stands outside of quotes becomes JSON; one within quotes becomes text: strings as they are, objects and
// lists as JSON without its quotes (so AWS does it, recorded there). What is not in the event is the empty string.

import { LIMITS } from '#kernel';
import { quotedText, templatePieces } from '#patterns';
import { eventTime, type BusEvent } from './bus-event.ts';
import { parseJsonPath, valueAt, type JsonPath } from './json-path.ts';

export interface InputTransformer {
  readonly paths: Readonly<Record<string, string>>;
  readonly template: string;
}

/** What a rule knows of itself. */
export interface RuleIdentity {
  readonly name: string;
  readonly arn: string;
}

type Piece =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'value'; readonly of: (event: BusEvent, rule: RuleIdentity) => unknown; readonly isQuoted: boolean };

export type Template = readonly Piece[];

/** A placeholder that nothing is known of. */
export interface UnknownPlaceholder {
  readonly kind: 'unknown';
  readonly placeholder: string;
}

const PLACEHOLDER = /<([A-Za-z0-9_.-]+)>/y;

/** The paths have been checked. */
export function parseTemplate({ paths, template }: InputTransformer): Template | UnknownPlaceholder {
  const pieces: Piece[] = [];
  for (const piece of templatePieces(template, PLACEHOLDER)) {
    if (piece.kind === 'text') {
      pieces.push(piece);
      continue;
    }
    const { name, isQuoted } = piece;
    const path = Object.hasOwn(paths, name) ? parseJsonPath(paths[name] ?? '') : undefined;
    const of = path === undefined ? reserved(name) : valueOf(path);
    if (of === undefined) return { kind: 'unknown', placeholder: name };
    pieces.push({ kind: 'value', of, isQuoted });
  }
  return pieces;
}

/** Undefined where it grows larger than an event may be: a template can name the same part a thousand times. */
export function fillTemplate(template: Template, event: BusEvent, rule: RuleIdentity): string | undefined {
  let text = '';
  for (const piece of template) {
    if (piece.kind === 'text') text += piece.text;
    else {
      const value = piece.of(event, rule);
      text += piece.isQuoted ? quotedText(value) : JSON.stringify(value ?? (value === null ? null : ''));
    }
    if (text.length > LIMITS.busEntriesBytes) return undefined;
  }
  return text;
}

function valueOf(path: JsonPath): (event: BusEvent) => unknown {
  return ({ exact }) => valueAt(exact, path);
}

/** Names of AWS's own, which need no path. */
function reserved(name: string): ((event: BusEvent, rule: RuleIdentity) => unknown) | undefined {
  switch (name) {
    case 'aws.events.rule-arn':
      return (_event, { arn }) => arn;
    case 'aws.events.rule-name':
      return (_event, rule) => rule.name;
    case 'aws.events.event.ingestion-time':
      return ({ members }) => eventTime(members.ingestedAtMs);
    case 'aws.events.event':
      return withoutDetail;
    case 'aws.events.event.json':
      return ({ exact }) => exact;
    default:
      return undefined;
  }
}

/** With the names and the order that AWS gives its members here, which are not those of the event itself. */
function withoutDetail({ members }: BusEvent): object {
  const { id, account, detailType, timeMs, source, region, resources } = members;
  return { id, account, detailType, time: eventTime(timeMs), source, region, resources, version: '0' };
}
