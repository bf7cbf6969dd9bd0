import type { Release } from './registry.ts';
import { attempt } from './run.ts';

/** How this machine gets Debian packages, for mmdebstrap to do the same. */
export interface AptHost {
  /** Lines of sources.list; empty has mmdebstrap use its default. */
  readonly sources: readonly string[];
  readonly aptOptions: readonly string[];
}

/** The fields of a line of `apt-get indextargets`, as {@link debianSources} wants them. */
const indexFormat = '$(ORIGIN)|$(REPO_URI)|$(RELEASE)|$(COMPONENT)';

/**
 * Asks apt itself where this machine has its packages from: its files come in two formats and many folders.
 * A machine without apt's sources (or with another distribution's) gives the default.
 */
export async function readAptHost(release: Release): Promise<AptHost> {
  const targets = await attempt(['apt-get', 'indextargets', '--format', indexFormat, 'Identifier: Packages']);
  const config = await attempt(['apt-config', 'dump', 'Acquire']);
  return {
    sources: targets.code === 0 ? debianSources(targets.stdout, release) : [],
    aptOptions: config.code === 0 ? forwardedOptions(config.stdout) : [],
  };
}

/**
 * The lines of sources.list for those of this machine's sources that are Debian's own and of that release.
 * Other vendors name their suites after Debian's; apt knows the origin once it has read a source's index, and
 * before that the path of Debian's mirrors tells.
 */
export function debianSources(indexTargets: string, release: Release): string[] {
  const suites = [release, `${release}-updates`, `${release}-security`];
  const lines = new Set<string>();
  for (const line of indexTargets.split('\n')) {
    const [origin = '', uri = '', suite = '', component] = line.split('|');
    const isDebian = origin === 'Debian' || (!/^\w/.test(origin) && /\/debian(-security)?\/?$/.test(uri));
    if (isDebian && component === 'main' && suites.includes(suite)) lines.add(`deb ${uri} ${suite} main`);
  }
  // Updates without the release itself would be no system.
  return [...lines].some((line) => line.endsWith(` ${release} main`)) ? [...lines] : [];
}

const forwarded = /^Acquire::(https?::Proxy(::\S+)?|Check-Valid-Until|Check-Date|https::CaInfo) "(.+)";$/;

/** Proxies and what belongs to snapshot mirrors; everything else of this machine's apt is its own matter. */
export function forwardedOptions(config: string): string[] {
  const lines = config.split('\n').filter((line) => forwarded.test(line));
  return ['Acquire::Languages "none"', ...lines.map((line) => line.replace(/;$/, ''))];
}
