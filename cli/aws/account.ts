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

/** Quantities and money are decimal integers in text, since they may pass what a JSON number holds. */
export interface Bill {
  /** `2026-11`. */
  readonly month: string;
  readonly currency: string;
  readonly priceBook: string;
  readonly functions: readonly FunctionBill[];
  readonly quantities: Quantities;
  readonly charge: { readonly totalNanos: string };
  readonly credits: readonly { readonly what: string; readonly nanos: string }[];
  /** The charge less the credits, in billionths of the currency. */
  readonly totalNanos: string;
}

export interface FunctionBill {
  readonly functionName: string;
  readonly quantities: Quantities;
  readonly charge: { readonly totalNanos: string };
}

export interface Quantities {
  readonly requests: string;
  /** Memory while the handler ran and while it was loaded, in MiB·ms. */
  readonly run: string;
  readonly init: string;
  /** Time that is billed, in ms. */
  readonly billed: string;
}

export async function getBill(connection: Connection, month: string | undefined): Promise<Bill> {
  return jsonOf(await call(connection, { service: 'mayfly', method: 'GET', path: '/_mayfly/bill', query: { month } })) as Bill;
}

export async function getDoctor(connection: Connection): Promise<Readonly<Record<string, unknown>>> {
  return jsonOf(await call(connection, { service: 'mayfly', method: 'GET', path: '/_mayfly/doctor' })) as Record<string, unknown>;
}
