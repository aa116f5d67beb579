// Names that have passed their parser. Only the parsers beside each room's door may cast to these.

declare const brand: unique symbol;
type Branded<Base, Name extends string> = Base & { readonly [brand]: Name };

/** Twelve digits. */
export type AccountId = Branded<string, 'AccountId'>;
/** For example `us-east-1`. */
export type Region = Branded<string, 'Region'>;
/** 1 to 64 of letters, digits, hyphen and underscore. */
export type FunctionName = Branded<string, 'FunctionName'>;
/** `$LATEST` or the digits of a published version. */
export type FunctionVersion = Branded<string, 'FunctionVersion'>;
/** A UUID that names one request to the platform or to a function. */
export type RequestId = Branded<string, 'RequestId'>;
/** Lower-case hexadecimal SHA-256 of a code archive. */
export type ContentHash = Branded<string, 'ContentHash'>;

/** The owner of a resource: with it begins every key that the store holds. */
export interface Scope {
  readonly account: AccountId;
  readonly region: Region;
}
