// What a function may reach: its endpoint alone, public addresses too, or nothing at all, its endpoint included.

export const NETWORK_MODES = ['platform', 'internet', 'none'] as const;

/**
 * `platform`: AWS_ENDPOINT_URL alone. `internet`: that and public addresses; never private ranges, metadata services, the host or other sandboxes.
 * `none`: nothing.
 */
export type NetworkMode = (typeof NETWORK_MODES)[number];

export function isNetworkMode(text: string): text is NetworkMode {
  return (NETWORK_MODES as readonly string[]).includes(text);
}
