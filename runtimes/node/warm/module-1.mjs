// The same as an ES module that stands alone: the first one of a process makes V8's part ready, the next one finds its code compiled.

export const handler = async (event) => ({ ok: true, event });
