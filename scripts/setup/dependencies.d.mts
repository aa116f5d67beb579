// Types of dependencies.mjs, which is JavaScript since it runs before anything is installed.

export function installDependencies(root: string): Promise<void>;
export function isInstalled(root: string): boolean;
