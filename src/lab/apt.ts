import type { Release } from './releases.ts';
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
 * The lines of sources.list for those of this machine's sources that are Debian's own: for that release, or, where
 * this machine has none of that, for the same mirrors with that release instead of theirs.
 * Other vendors name their suites after Debian's; apt knows the origin once it has read a source's index, and
 * before that the path of Debian's mirrors tells.
 */
export function debianSources(indexTargets: string, release: Release): string[] {
  const own = new Set<string>();
  const translated = new Set<string>();
  for (const line of indexTargets.split('\n')) {
    const [origin = '', uri = '', suite = '', component] = line.split('|');
    const isDebian = origin === 'Debian' || (!/^\w/.test(origin) && /\/debian(-security)?\/?$/.test(uri));
    const parts = /^([a-z]+)(-updates|-security)?$/.exec(suite);
    if (!isDebian || component !== 'main' || !parts) continue;
    const source = `deb ${uri} ${release}${parts[2] ?? ''} main`;
    translated.add(source);
    if (parts[1] === release) own.add(source);
  }
  // Updates without the release itself would be no system.
  const whole = [own, translated].find((lines) => [...lines].some((l) => l.endsWith(` ${release} main`)));
  return [...(whole ?? [])];
}

const forwarded = /^Acquire::(https?::Proxy(::\S+)?|Check-Valid-Until|Check-Date|https::CaInfo) "(.+)";$/;

/** Proxies and what belongs to snapshot mirrors; everything else of this machine's apt is its own matter. */
export function forwardedOptions(config: string): string[] {
  const lines = config.split('\n').filter((line) => forwarded.test(line));
  return ['Acquire::Languages "none"', ...lines.map((line) => line.replace(/;$/, ''))];
}
