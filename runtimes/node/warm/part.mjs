// Imported by the modules beside it.

export const own = true;
