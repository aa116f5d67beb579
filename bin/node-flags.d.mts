// Types of node-flags.mjs, for those who start the platform from TypeScript.

export declare const NODE_FLAGS: readonly string[];
