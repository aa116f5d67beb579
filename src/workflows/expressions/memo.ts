// Remembers what a pure function made of a text: definitions name the same few expressions at every transition.

/** Keeps at most `limit` texts, and forgets the oldest first. */
export function remembered<Value>(limit: number, make: (text: string) => Value): (text: string) => Value {
  const known = new Map<string, Value>();
  return (text) => {
    const found = known.get(text);
    if (found !== undefined) return found;
    const made = make(text);
    if (known.size >= limit) known.delete(known.keys().next().value ?? '');
    known.set(text, made);
    return made;
  };
}
