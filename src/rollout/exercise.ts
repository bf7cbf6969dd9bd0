import { statementOf, within, type Statement } from '../bind/named-conf.ts';
import { zoneStatements } from '../bind/zones.ts';
import type { Evidence } from './evidence.ts';
import type { StateFile } from './state.ts';
import type { Exercise } from './types.ts';

/** What of named's work this host's configuration brings about. */
export function applying(it: Pick<Evidence, 'statements' | 'minor' | 'zones'>): readonly Exercise[] {
  const zones = zoneStatements(it.statements);
  const ours = zones.filter(({ name }) => it.zones.some((one) => one.name === name.toLowerCase()));
  const dynamic = zones.some(
    ({ type, setting }) => isPrimary(type) && dynamicBy.some((key) => says(setting(key))),
  );
  return [
    'query-udp',
    'query-tcp',
    'reload',
    'restart',
    ...(dynamic ? (['journal'] as const) : []),
    ...(zones.some(({ type }) => /^(secondary|slave|mirror)$/.test(type)) ? (['transfer-in'] as const) : []),
    ...(ours.some(({ setting }) => transfers(setting('allow-transfer'), it.minor))
      ? (['transfer-out'] as const)
      : []),
    ...(rotated(it.statements).length > 0 ? (['log-rotation'] as const) : []),
  ];
}

/**
 * What was seen since the last look, which is where a state measures from. Times of files and of `rndc status` are the
 * host's clock; how long ago the last look was is not: within a boot its uptime says it.
 */
export function seenSince(
  it: Evidence,
  { state: { last }, counts }: StateFile,
  boot: string,
): readonly Exercise[] {
  const sameBoot = last.boot === boot;
  const since = it.now - (sameBoot ? it.uptime - last.uptime : it.uptime);
  // What lies ahead of the clock was written before somebody set that back.
  const isRecent = (at: number): boolean => at > since && at <= it.now;
  const named = it.named.is === 'value' ? it.named.value : undefined;
  const sameRun = sameBoot && named?.invocation === last.invocation;
  const counted: readonly Exercise[] = ['query-udp', 'query-tcp', 'transfer-in', 'transfer-out'];
  const more = (key: Exercise): boolean =>
    it.counts.is === 'value' &&
    (it.counts.value.before[key] ?? 0) > (sameRun ? (counts[key] ?? Infinity) : 0);
  const journals = it.files.some(({ path, changed }) => path.endsWith('.jnl') && isRecent(changed));
  const logs = rotated(it.statements);
  const isRotated = ({ path, moved }: Evidence['files'][number]): boolean =>
    isRecent(moved) &&
    /\.\d+$/.test(path) &&
    logs.some((log) => `/${path.replace(/\.\d+$/, '')}`.endsWith(`/${log}`));
  return [
    ...counted.filter(more),
    ...(named && (!sameBoot || named.started > last.uptime) ? (['restart'] as const) : []),
    ...(it.configured !== undefined && it.configured > (it.began ?? Infinity) && isRecent(it.configured)
      ? (['reload'] as const)
      : []),
    ...(journals ? (['journal'] as const) : []),
    ...(it.files.some(isRotated) ? (['log-rotation'] as const) : []),
  ];
}

const isPrimary = (type: string): boolean => type === 'primary' || type === 'master';

/** Statements by which named itself changes a zone, and keeps a journal. */
const dynamicBy = [
  'allow-update',
  'update-policy',
  'dnssec-policy',
  'inline-signing',
  'ixfr-from-differences',
];

/** Whether a statement switches something on: a list that is not none, or a value that is not no or none. */
function says(it: Statement | undefined): boolean {
  if (it === undefined) return false;
  const first = it.block === undefined ? it.words[1] : it.block[0]?.words[0];
  return first !== undefined && !['none', 'no', 'false'].includes(first);
}

/** Whether anybody may have the zone. BIND 9.20 is the first that gives it to nobody unless told so. */
const transfers = (it: Statement | undefined, minor: number): boolean =>
  it === undefined ? !(minor >= 20) : says(it);

/** Files of log channels that are rotated. */
const rotated = (all: readonly Statement[]): readonly string[] =>
  within(all).flatMap((it) => {
    if (it.words[0] !== 'channel') return [];
    const file = statementOf(it.block, 'file');
    const versions = file?.words.indexOf('versions') ?? -1;
    const path = file?.words[1];
    return path !== undefined && versions > 0 && file?.words[versions + 1] !== '0' ? [path] : [];
  });
