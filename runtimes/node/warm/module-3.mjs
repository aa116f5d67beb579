// The same as an ES module: the first one of a process initialises its loader, the next ones find its code compiled.

export const handler = async (event) => ({ ok: true, event });
