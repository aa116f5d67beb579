// The same as an ES module: the first `import` of a process initialises its loader.

export const handler = async (event) => ({ ok: true, event });
