// Function URLs of the gateway: `matchUrl` tells whether a request is for one, `FunctionUrls` serves it.

export { FunctionUrls } from './function-urls.ts';
export type { FunctionUrlParts } from './function-urls.ts';
export { matchUrl } from './url-match.ts';
