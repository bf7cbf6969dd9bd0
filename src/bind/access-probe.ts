import { parsePolicy, type Profile } from '../apparmor/policy.ts';
import type { AbsolutePath } from '../brand.ts';
import type { Frames } from '../observe/frames.ts';
import { value, type Observation } from '../observe/observation.ts';
import type { NamedUnit } from '../observe/named-unit.ts';
import type { Probe } from '../observe/probe.ts';
import type { Node } from '../resources/file.ts';
import type { Known } from '../observe/observation.ts';
import { shQuote } from '../quote.ts';
import type { Need } from './needs.ts';
import type { Start } from './config.ts';
import { needsSources, parseNeeds } from './needs-probe.ts';
import type { AskedProfile } from './profile-probe.ts';

/** The owner and the mode of a path. */
export interface Stat {
  /** As stat(2) has it, with the kind. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
}

/** What bears on the paths that named needs, apart from its unit. */
export interface Access {
  /** The named whose needs these are. */
  readonly start: Start;
  readonly needs: readonly Need[];
  /** Whom named runs as; undefined where there is no such user. */
  readonly user:
    { readonly name: string; readonly uid: number; readonly groups: ReadonlySet<number> } | undefined;
  /** A path without its links: what is judged is where it leads. */
  readonly real: (path: string) => string;
  /** Of a real path; undefined where nothing is there. */
  readonly stat: (path: string) => Stat | undefined;
  /** The profiles of the file that defines named's, with all that it includes. */
  readonly policy: readonly Profile[];
  /** The lines of the Firejail profile that named starts with, includes filled in; empty without one. */
  readonly firejail: readonly string[];
}

/** A file below /etc/apparmor.d as a plan will have it. */
export interface Planned {
  readonly path: AbsolutePath;
  readonly after: Known<Node>;
}

/**
 * Asks what named needs, and what bears on that.
 * @param profile the profile that counts
 * @param planned files of profiles as they will be; the host reads them in a copy that goes with the trip
 */
export function accessProbe(
  of: NamedUnit,
  profile: AskedProfile,
  planned: readonly Planned[] = [],
): Probe<Access> {
  const staged = planned.flatMap(({ path, after }) => {
    if (!path.startsWith('/etc/apparmor.d/')) return [];
    const content = after.is === 'value' && after.value.is === 'file' ? after.value.content : undefined;
    if (content) return [`stage_policy_file ${shQuote(path)} ${content.toString('base64') || "''"}`];
    return after.is === 'absent' ? [`stage_policy_without ${shQuote(path)}`] : [];
  });
  const jail = planned
    .filter(({ path }) => /^\/etc\/firejail\/[^/]+\.profile$/.test(path))
    .map(({ after }) => (after.is === 'value' && after.value.is === 'file' ? after.value.content : undefined))
    .at(-1);
  return {
    key: `access:${of.key}:${profile.key}`,
    needs: [...of.needs, ...needsSources, ...profile.needs, 'apparmor/stage.sh', 'bind/access.observe.sh'],
    gather: of.gather,
    ask: (key) =>
      [
        ...(staged.length > 0 ? ['stage_policy', ...staged] : []),
        of.decide,
        `observe_needs ${key}`,
        ...profile.decide,
        `observe_access ${key} ${profile.ere}`,
        `observe_firejail ${key}${jail ? ` ${shQuote(jail.toString('base64'))}` : ''}`,
      ].join('\n'),
    parse: parseAccess,
  };
}

function parseAccess(frames: Frames, key: string): Observation<Access> {
  const needs = parseNeeds(frames, key);
  if (needs.is !== 'value') return needs;
  const lines = (name: string) => (frames.text(`${key} ${name}`) ?? '').split('\n').filter(Boolean);
  const [name = '', uid, groups = ''] = lines('user');
  const [paths, reals] = [lines('paths'), lines('real')];
  const links = new Map(paths.map((path, i) => [path, reals[i] ?? path]));
  const stats = new Map(
    lines('stats').flatMap((line): [string, Stat][] => {
      const [, mode = '', owner, group, path = ''] = /^([0-9a-f]+) (\d+) (\d+) (.*)$/.exec(line) ?? [];
      return path === ''
        ? []
        : [[path, { mode: parseInt(mode, 16), uid: Number(owner), gid: Number(group) }]];
    }),
  );
  return value({
    ...needs.value,
    user:
      uid === undefined
        ? undefined
        : { name, uid: Number(uid), groups: new Set(groups.split(' ').map(Number)) },
    real: (path) => realOf(path, links),
    stat: (path) => stats.get(path),
    firejail: lines('firejail'),
    policy: parsePolicy(frames.text(`${key} policy`) ?? ''),
  });
}

/** Of what the host was not asked for, as much as it was: the folder. */
function realOf(path: string, links: ReadonlyMap<string, string>): string {
  const known = links.get(path);
  if (known !== undefined) return known;
  const cut = path.lastIndexOf('/');
  if (cut <= 0) return path;
  const folder = realOf(path.slice(0, cut), links);
  return `${folder === '/' ? '' : folder}${path.slice(cut)}`;
}
