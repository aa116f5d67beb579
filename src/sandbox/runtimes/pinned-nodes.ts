// The build of Node that each runtime runs on: one version, known by its content. A newer one is a change of this file.

import { arch, platform } from 'node:os';

import type { NodeRuntime } from './runtime-names.ts';

export interface PinnedNode {
  /** The npm package with nothing but this binary and its headers. */
  readonly packageName: string;
  readonly version: string;
  /** As package-lock.json writes it: what arrives is compared with it, whatever the registry says about itself. */
  readonly integrity: string;
}

interface Pin {
  readonly version: string;
  readonly integrity: Readonly<Partial<Record<string, string>>>;
}

const PINS: Readonly<Record<NodeRuntime, Pin>> = {
  'nodejs20.x': {
    version: '20.20.2',
    integrity: {
      x64: 'sha512-PeHQM8wAdmHtZA1mBocygZxs5LiUWtsJezQTkBd0iY987KpGrD1O2tVEydvMZiuXceRanxt7rjTnDEBwOPujoQ==',
      arm64: 'sha512-LCXJnNTFiyGuYBw2gZSI5OBFMbkjAPt8sqD/NKrWoE2QmDgSubTqFng6GaNJ9EJ8HpxBMGcWWpbbcs4Vo+CnGg==',
    },
  },
  'nodejs22.x': {
    version: '22.23.3',
    integrity: {
      x64: 'sha512-qHnz5tFsHoj/WM+uRENVjWONi5hVvmwrgq8A4V76KpuVNAc4+jwK8x4gwbobE9BtHNg/AKR2583eYorLF/c7ng==',
      arm64: 'sha512-l3DAHZreylo+p9QXDtsOrjG2JXJqVzYXnAGmIQNOUNARcMppTO2cmewVQP+36tjJnSE+dzpMNtgW+c3oiDvXtA==',
    },
  },
  'nodejs24.x': {
    version: '24.21.0',
    integrity: {
      x64: 'sha512-3nULszZ5X0fciYpG0t6TrdApJzAn8+FlINP6OiMX7V8HrvpATPN936U1LlReOJriLRa4e8yEqQBYCnLyPNAs7Q==',
      arm64: 'sha512-FpJRPEz2OvvTLfjIOlNGFY9JLPMKgl5m+d4oGYBLg24kJ1mmvN1Zl/HPJgF4HDaJ51ISev1l1cRZ/DM+keXW5g==',
    },
  },
};

/** Undefined where there is no such build for this machine. */
export function pinnedNode(runtime: NodeRuntime, machine: string = arch(), system: string = platform()): PinnedNode | undefined {
  const { version, integrity } = PINS[runtime];
  const known = integrity[machine];
  if (system !== 'linux' || known === undefined) return undefined;
  return { packageName: `node-linux-${machine}`, version, integrity: known };
}
