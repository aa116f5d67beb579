// Lets root do something with another user's rights: what lies in a folder of that user may be links to anywhere, and the kernel then asks whether
// that user may follow them.

/** The work has to be done when it returns: the whole process has that identity meanwhile. */
export function asUser<Result>(id: number, work: () => Result): Result {
  if (id === 0 || process.geteuid?.() !== 0) return work();
  const groups = process.getgroups?.() ?? [];
  process.setgroups?.([]);
  process.setegid?.(id);
  process.seteuid?.(id);
  try {
    return work();
  } finally {
    process.seteuid?.(0);
    process.setegid?.(0);
    process.setgroups?.(groups);
  }
}
