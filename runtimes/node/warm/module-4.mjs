// The same as an ES module that imports another: the first one of a process initialises Node's loader, the next one finds its code compiled.

import { own } from './part.mjs';

export const handler = async (event) => ({ ok: own, event });
