// A process of expressions that hangs or eats all of its memory when it is asked to.

process.on('message', ({ source }: { readonly source: string }) => {
  if (source === '$hang') for (;;);
  if (source === '$grow') for (const kept: object[] = []; ;) kept.push(Array.from({ length: 1000 }, () => ({})));
  process.send?.({ kind: 'value', text: '"well"' });
});
process.on('disconnect', () => process.exit());
