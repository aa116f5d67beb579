// An event as an archive keeps it, read back for a replay: the same event, with the name of the replay.

import assert from 'node:assert/strict';
import { BusEvent } from './bus-event.ts';

interface Envelope {
  readonly id: string;
  readonly source: string;
  readonly 'detail-type': string;
  readonly account: string;
  readonly region: string;
  readonly time: string;
  readonly resources: readonly string[];
}

/** Quotes within the texts of an envelope are escaped: these stand there once, before the detail. */
const DETAIL = ',"detail":';

export function readEvent(bytes: Uint8Array, replayName: string): BusEvent {
  const text = Buffer.from(bytes).toString();
  const at = text.indexOf(DETAIL);
  assert(at > 0, 'an archive holds events');
  const envelope = JSON.parse(`${text.slice(0, at)}}`) as Envelope;
  const detailText = text.slice(at + DETAIL.length, -1);
  const timeMs = Date.parse(envelope.time);
  return new BusEvent(
    {
      id: envelope.id,
      source: envelope.source,
      detailType: envelope['detail-type'],
      account: envelope.account,
      region: envelope.region,
      timeMs,
      resources: envelope.resources,
      detailText,
      replayName,
      ingestedAtMs: timeMs,
      hops: 0,
    },
    JSON.parse(detailText),
  );
}
