/** The Debian releases that the lab can make hosts of: those that confine is tested on. */
export const releases = ['bullseye', 'bookworm', 'trixie'] as const;
export type Release = (typeof releases)[number];

/** The release of hosts whose names don't say one. */
export const defaultRelease: Release = 'bookworm';

/** ns1 and c1, or ns1-trixie and c1-trixie: hosts of several releases are up side by side. */
export function hostName(kind: 'machine' | 'container', index: number, release: Release): string {
  const name = `${kind === 'machine' ? 'ns' : 'c'}${index}`;
  return release === defaultRelease ? name : `${name}-${release}`;
}
