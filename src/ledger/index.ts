// ledger: every attempt leaves one record, and every record is on one bill. Integers only.

export { openLedger } from './ledger.ts';
export type { BillQuery, Ledger, LedgerParts } from './ledger.ts';
export { billedMsOf } from './usage-record.ts';
export type { UsageRecord } from './usage-record.ts';
export type { Bill, Charge, Credit, FunctionBill } from './billing.ts';
export type { Quantities } from './meters.ts';
export { AWS_PRICES, parsePriceBook } from './price-book.ts';
export type { PriceBook } from './price-book.ts';
export type { RecentQuery } from './record-search.ts';
