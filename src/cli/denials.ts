import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { clustering, type Cluster } from '../audit/cluster.ts';
import { withoutCopies } from '../audit/copies.ts';
import { isAbout } from '../audit/kind.ts';
import { parseTrailLine } from '../audit/parse.ts';
import type { HostDenials } from '../audit/propose.ts';
import type { AuditRecord, TrailLine } from '../audit/record.ts';
import { lossesIn, type From } from '../audit/trail.ts';
import { HostName, ProfileName } from '../brand.ts';
import type { LogLine } from '../events.ts';
import { Exit, InputError, UsageError } from '../errors.ts';
import { denialsFleet, type DenialsSeen } from '../fleet/denials.ts';
import { lookExit } from '../fleet/exit.ts';
import { warn } from '../fleet/targets.ts';
import { inventoryHosts } from '../playbook/hosts.ts';
import { denialsText } from '../report/denials-text.ts';
import { ndjson } from '../report/ndjson.ts';
import { palette } from '../report/palette.ts';
import { shown } from '../report/shown.ts';
import { colours, type CommonOptions, type DenialsOptions } from './options.ts';
import { proposeFromProfile } from './from-profile.ts';
import { proposeOverrides, tasksIn } from './propose.ts';
import { watcher } from './present.ts';
import { say, sayEnded, tell } from './say.ts';
import { inventoryOf } from './given-inventory.ts';
import { withFleet } from './session.ts';
import { sinceTime } from './since.ts';
import { fileTrouble } from '../yaml/read.ts';

type Options = CommonOptions & DenialsOptions;

/** `confine denials`: what was denied over the fleet, or in a log, in clusters; and the least rules that allow it. */
export async function denials(playbooks: readonly string[], options: Options): Promise<number> {
  if (playbooks.length > 0 && !options.propose)
    throw new UsageError('playbooks are for what is proposed', 'add --propose, or leave them out');
  if (!options.propose && (options.check || options.detailedExitcode))
    throw new UsageError(
      `${options.check ? '--check' : '--detailed-exitcode'} is about what is proposed`,
      'add --propose, or leave it out',
    );
  const parsed = ProfileName.safeParse(options.profile ?? 'named');
  if (!parsed.success)
    throw new UsageError(`"${options.profile}" is no name of a profile`, 'as the kernel lists it: named');
  const profile = parsed.data;
  if (options.fromProfile !== undefined) {
    if (!options.propose || options.from !== undefined || options.since !== undefined)
      throw new UsageError(
        '--from-profile compares a profile with its package, and reads no denials',
        'give it with --propose, and without --from and --since',
      );
    return proposeFromProfile(options.fromProfile, profile, playbooks, options);
  }
  const from: From =
    options.since === undefined
      ? { is: 'all' }
      : { is: 'since', time: sinceTime(options.since, Date.now() / 1000) };
  if (options.from !== undefined) return ofLog(options.from, profile, playbooks, options);
  const inventory = inventoryOf(options);
  const hosts = await inventoryHosts(inventory, options.limit, options.extraVars ?? []);
  const tasksOf = await tasksIn(playbooks, options, inventory);
  return withFleet(hosts, options, watcher('denials', hosts, options), async (session) => {
    const { fleet, located, interrupts, settle } = session;
    warn(located, fleet.emit);
    const seen = await denialsFleet(fleet, located, profile, from);
    settle();
    const read = seen.flatMap((it) => (it.is === 'seen' ? [it] : []));
    const exit = interrupts.exit() ?? lookExit(seen);
    tellHosts(seen, options);
    // Of nothing that was read, nothing can be said.
    if (options.propose && read.length === 0) return exit;
    if (options.propose)
      return (
        proposeOverrides(
          profile,
          read.map(({ host, trail, needs, rules }) => ({ host, records: trail.records, needs, rules })),
          tasksOf,
          options,
        ) || exit
      );
    show(clustersOf(seen, profile), options, true, read.length < seen.length);
    return exit;
  });
}

/** Without hosts: a log that somebody sent. */
async function ofLog(
  file: string,
  profile: ProfileName,
  playbooks: readonly string[],
  options: Options,
): Promise<number> {
  if (options.inventory || options.limit !== undefined || options.since !== undefined || playbooks.length > 0)
    throw new UsageError(
      '--from reads a log, and asks no host',
      'leave out inventory, --limit, --since and playbooks',
    );
  const text = textOf(file);
  const lines = text.split('\n').map(parseTrailLine);
  // Of another file, that nothing in it was denied says nothing.
  if (lines.every(({ is }) => is === 'other') && !/\baudit[([:]|\bapparmor=|\btype=[A-Z]/.test(text))
    say(`warning: ${file}: no line of it is of the audit trail; is it the log that was meant?`);
  if (options.json && !options.propose) {
    for (const it of lines) for (const json of jsonOf(it)) process.stdout.write(`${ndjson(json)}\n`);
    sayGaps('', { unparsed: [], lost: lossesIn(text), whole: true });
    return Exit.ok;
  }
  const records = withoutCopies(
    lines.flatMap((it) => (it.is === 'record' ? [it.record] : [])),
    'fields',
  );
  const unparsed = lines.flatMap((it) => (it.is === 'unparsed' ? [it.line] : []));
  const host: HostDenials = { host: HostName.parse('log'), records, needs: [], rules: [] };
  sayGaps('', { unparsed, lost: lossesIn(text), whole: true });
  if (options.propose) return proposeOverrides(profile, [host], undefined, options);
  const all = clustering();
  for (const it of records) if (options.profile === undefined || isAbout(it, profile)) all.add(host.host, it);
  show(all.clusters(), options, false, unparsed.length > 0);
  return Exit.ok;
}

/** Logs hold whatever somebody wrote into them, so bytes that are no UTF-8 are no reason to give up. */
function textOf(file: string): string {
  try {
    const bytes = readFileSync(file === '-' ? 0 : file);
    const packed = bytes[0] === 0x1f && bytes[1] === 0x8b;
    return (packed ? gunzipSync(bytes) : bytes).toString('utf8');
  } catch (error) {
    throw new InputError([{ at: { file, line: 1, col: 1 }, message: fileTrouble(error) }]);
  }
}

/** One object for a record, with the fields that it has. */
const jsonOf = (it: TrailLine): readonly LogLine[] =>
  it.is === 'record'
    ? [flat(it.record)]
    : it.is === 'unparsed'
      ? [{ event: 'unparsed', line: it.line, why: it.why }]
      : [];

const flat = ({ more, ...rest }: AuditRecord): LogLine => ({
  ...rest,
  ...(Object.keys(more).length > 0 && { more }),
});

/** Of one profile over all hosts. */
function clustersOf(seen: readonly DenialsSeen[], profile: ProfileName): readonly Cluster[] {
  const all = clustering();
  for (const it of seen)
    if (it.is === 'seen')
      for (const record of it.trail.records) if (isAbout(record, profile)) all.add(it.host, record, it.needs);
  return all.clusters();
}

/** @param unknown some of it could not be read, so that finding nothing says nothing */
function show(found: readonly Cluster[], options: Options, named: boolean, unknown: boolean): void {
  for (const it of found) tell({ event: 'denials', schemaVersion: 1, ...it }, options);
  if (options.json) return;
  if (found.length > 0)
    process.stdout.write(`${denialsText(found, palette(colours(options.color, process.stdout)), named)}\n`);
  else if (!unknown) say('nothing was denied');
}

/** What is not known, host by host: nobody should take it for nothing. */
function tellHosts(seen: readonly DenialsSeen[], options: Options): void {
  for (const it of seen) {
    tell({ event: 'host-trail', schemaVersion: 1, host: it.host, ...trailOf(it) }, options);
    if (it.is === 'seen') sayGaps(`${it.host}: `, it.trail);
  }
  if (!options.json) sayEnded(seen, options);
}

function trailOf(it: DenialsSeen) {
  if (it.is === 'ended') return { outcome: it.outcome };
  const { records, unparsed, lost, whole } = it.trail;
  return { records: records.length, unparsed, lost, whole };
}

function sayGaps(
  where: string,
  {
    unparsed,
    lost,
    whole,
  }: { readonly unparsed: readonly string[]; readonly lost: number; readonly whole: boolean },
): void {
  if (lost > 0) say(`warning: ${where}${lost} records were lost before anybody wrote them down`);
  if (!whole) say(`warning: ${where}the audit trail does not go back that far, or holds more than was read`);
  if (unparsed.length > 0) say(`warning: ${where}${unparsed.length} lines could not be read:`);
  for (const line of unparsed.slice(0, 10)) say(`  ${shown(line)}`);
}
