// A process of expressions that hangs, eats all of its memory, or says which one it is, when it is asked to.

process.on('message', ({ source }: { readonly source: string }) => {
  if (source === '$hang') for (;;);
  if (source === '$grow') for (const kept: object[] = []; ;) kept.push(Array.from({ length: 1000 }, () => ({})));
  process.send?.({ kind: 'value', text: source === '$pid' ? String(process.pid) : '"well"' });
});
process.on('disconnect', () => process.exit());
