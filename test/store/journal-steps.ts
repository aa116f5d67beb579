// Journals and steps for the contract suites, of which each test says only what it is about.

import assert from 'node:assert/strict';
import type { JournalQuery, JournalStep, JournalStore, NewDelivery, NewJournal } from '#store';
import { freshScope } from './scopes.ts';

let made = 0;

export function journalOf(members: Partial<NewJournal>): NewJournal {
  made += 1;
  return {
    scope: freshScope(),
    kind: 'execution',
    owner: 'arn:aws:states:us-east-1:000000000000:stateMachine:payments',
    name: `execution-${made}`,
    startedAtMs: made,
    groups: [],
    attributes: null,
    first: stepOf({}),
    ...members,
  };
}

export function stepOf(members: Partial<JournalStep>): JournalStep {
  return { head: 'head', isBusy: false, ...members };
}

export function queryOf({ scope, kind, owner }: NewJournal): JournalQuery {
  return { scope, kind, of: { owner }, order: 'newest', limit: 100 };
}

export function page() {
  return { fromId: 1, order: 'forwards', limit: 100 } as const;
}

export function deliveryIn(lane: string, name: string): NewDelivery {
  const payload = Buffer.from(name);
  return {
    id: `${lane}-${name}`,
    scope: freshScope(),
    lane,
    target: 'target',
    payload,
    attributes: null,
    acceptedAtMs: 0,
    dueAtMs: 0,
  };
}

export async function begin(journals: JournalStore, journal: NewJournal): Promise<number> {
  const outcome = await journals.begin(journal);
  assert.equal(outcome.kind, 'begun');
  return outcome.kind === 'begun' ? outcome.number : 0;
}
