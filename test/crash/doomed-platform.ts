// Preloaded (`node --import`) into a platform that is to be killed at a named point, or to be broken on purpose: it gives the platform the
// store of killing-store-child.ts in place of its own. Nothing in the platform knows of it, so nothing there costs anything or can be
// set off by a user.

import { registerHooks } from 'node:module';

const OWN = '/src/store/sqlite/sqlite-store.ts';
const KILLING = new URL('./killing-store-child.ts', import.meta.url).href;

registerHooks({
  resolve(specifier, context, next) {
    const resolved = next(specifier, context);
    const isTheStores = resolved.url.endsWith(OWN) && context.parentURL?.endsWith('/src/store/index.ts') === true;
    return isTheStores ? { ...resolved, url: KILLING } : resolved;
  },
});
