// What the launcher process tells the platform: one line of JSON each. The platform trusts it, as it trusts whoever started it.

import type { CgroupPlace } from '../cgroups/find.ts';
import type { SweepReport } from '../sandbox.ts';

export type Reply =
  | { readonly kind: 'prepared'; readonly swept: SweepReport; readonly groups: CgroupPlace | { readonly reason: string } }
  | { readonly kind: 'lot'; readonly lot: number }
  | { readonly kind: 'waiting'; readonly id: string; readonly pid: number }
  | { readonly kind: 'failed'; readonly id: string; readonly reason: string }
  | { readonly kind: 'exited'; readonly id: string; readonly exitCode?: number | undefined; readonly signal?: string | undefined }
  /** It has exited, and something of it survives SIGKILL: its lot is lost. */
  | { readonly kind: 'hangs'; readonly id: string; readonly reason: string }
  /** Nothing was done: the platform asked for what there is not, or it could not be done. `about` is the verb and what it was for. */
  | { readonly kind: 'refused'; readonly about: string; readonly reason: string }
  /** The launcher process cannot go on. */
  | { readonly kind: 'broken'; readonly reason: string };
