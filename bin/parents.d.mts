// Types of parents.mjs, which is JavaScript since it runs in the published package and before setup.

export function endWithParent(): void;
export function endWithNpm(onOrphaned: () => void): void;
