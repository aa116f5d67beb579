// Who the caller is, and what only Mayfly itself answers: health, doctor, bill.

import type { Connection } from '../connection.ts';
import { call, jsonOf } from '../http/client.ts';
import { childText, parseXml } from '../http/xml.ts';

export async function accountId(connection: Connection): Promise<string> {
  const { body } = await call(connection, {
    service: 'sts',
    method: 'POST',
    path: '/',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: 'Action=GetCallerIdentity&Version=2011-06-15',
  });
  return childText(parseXml(body.toString('utf8')), 'Account') ?? '';
}

export interface Bill {
  /** `2026-11`. */
  readonly month: string;
  readonly currency: string;
  readonly functions: readonly BillLine[];
  /** A billionth of the currency, as a decimal integer; text or number, since it may pass what a JSON number holds. */
  readonly totalNanos: string | number;
}

export interface BillLine {
  readonly name: string;
  readonly requests: string | number;
  readonly gbSeconds: string | number;
  readonly nanos: string | number;
}

export async function getBill(connection: Connection, month: string | undefined): Promise<Bill> {
  return jsonOf(await call(connection, { service: 'mayfly', method: 'GET', path: '/_mayfly/bill', query: { month } })) as Bill;
}

export async function getDoctor(connection: Connection): Promise<Readonly<Record<string, unknown>>> {
  return jsonOf(await call(connection, { service: 'mayfly', method: 'GET', path: '/_mayfly/doctor' })) as Record<string, unknown>;
}
