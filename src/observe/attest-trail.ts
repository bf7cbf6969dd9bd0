import type { UnitName } from '../brand.ts';
import { parseTrailLine, timeOf, type Denial, type TrailRecord } from './audit-record.ts';
import type { Frames } from './frames.ts';
import { askAbout, asked, type AskedUnit } from './named-unit.ts';
import { absent, unknown, value, type Observation } from './observation.ts';
import type { Probe } from './probe.ts';

/** The state of the kernel's audit, as `auditctl -s` prints it. */
export interface AuditState {
  readonly enabled: boolean;
  /** 0: auditd does not run. */
  readonly pid: number;
  /** Records that were lost since the boot, or since the count was reset. */
  readonly lost: number;
  readonly backlog: number;
  readonly backlogLimit: number;
  /** Whether the kernel panics where a record is lost (`-f 2`). */
  readonly panics: boolean;
}

/** Denials that are alike. */
export interface DeniedAccess extends Omit<Denial, 'at' | 'id'> {
  readonly count: number;
  /** Seconds since the epoch, of the newest. */
  readonly last: number;
}

/** An end of the unit's main process that nobody asked for. */
export interface Death {
  readonly at: number;
  /** exited, killed or dumped. */
  readonly code: string;
  /** As systemd prints it: `31/SYS`. */
  readonly status: string;
}

/** What the records of this boot tell. */
export interface Evidence {
  /** Whether the records go back to the boot, and all of them were read: else there may be more. */
  readonly whole: boolean;
  /** Of any profile, the most frequent first. */
  readonly denials: readonly DeniedAccess[];
  /** Processes that a filter of system calls has ended, by their binary. */
  readonly sigsys: readonly { readonly at: number; readonly exe: string; readonly command: string }[];
  /** Records that the kernel had to drop because no auditd took them. */
  readonly suppressed: number;
}

export interface Trail {
  /** Absent: auditctl is not installed, and so auditd isn't. */
  readonly audit: Observation<AuditState>;
  readonly evidence: Observation<Evidence>;
  /** Of the unit's main process in this boot, the oldest first. */
  readonly deaths: Observation<readonly Death[]>;
}

/** Asks what audit.log and the journal have recorded since the boot. */
export function trailProbe(unit: UnitName | AskedUnit): Probe<Trail> {
  const of = asked(unit);
  return {
    key: `trail:${of.key}`,
    needs: [...of.needs, 'observe/attest-trail.observe.sh'],
    gather: of.gather,
    ask: (key) => askAbout(of, `observe_trail ${key}`),
    parse: (frames, key) => {
      const audit = frames.text(`${key} audit`);
      if (audit === undefined) return unknown('the host did not answer');
      const journal = parseSource(frames.text(`${key} journal`));
      const evidence = parseEvidence(frames, parseSource(frames.text(`${key} log`)), journal);
      const undecided = frames.text(`${key} undecided`);
      const deaths = undecided === undefined ? parseDeaths(journal) : unknown(undecided);
      return value({ audit: parseAuditState(audit), evidence, deaths });
    },
  };
}

/** Reads `auditctl -s`. */
export function parseAuditState(text: string): Observation<AuditState> {
  if (text.trim() === '') return absent;
  const of = (key: string) => new RegExp(`^${key} (\\d+)`, 'm').exec(text)?.[1];
  const [enabled, pid, lost] = [of('enabled'), of('pid'), of('lost')];
  if (enabled === undefined || pid === undefined || lost === undefined)
    return unknown(`auditctl says: ${text.trim().split('\n')[0]}`);
  return value({
    enabled: enabled !== '0',
    pid: Number(pid),
    lost: Number(lost),
    backlog: Number(of('backlog') ?? 0),
    backlogLimit: Number(of('backlog_limit') ?? 0),
    panics: of('failure') === '2',
  });
}

interface Source {
  readonly records: readonly TrailRecord[];
  /** Time of its oldest line. */
  readonly first: number | undefined;
  /** What the oldest line is of. */
  readonly of: 'kernel' | 'systemd' | 'nothing';
  readonly fromBoot: boolean;
  readonly cut: boolean;
}

function parseEvidence(
  frames: Frames,
  log: Source | undefined,
  journal: Source | undefined,
): Observation<Evidence> {
  const [now = '', uptime = ''] = (frames.text('unit clock') ?? '').split('\n');
  const booted = now === '' ? undefined : Number(now) - Number.parseFloat(uptime);
  const logged =
    log?.first === undefined || booted === undefined ? undefined : { ...log, first: log.first, booted };
  if (!logged && journal?.of !== 'kernel') return unknown(blind(journal));
  // The journal knows its boots; audit.log has only times, and what is older than the boot is another one's.
  const ours = logged ? logged.records.filter((it) => it.at >= logged.booted - 1) : [];
  const records = merged([ours, journal?.records ?? []]);
  const fromBoot = (logged !== undefined && logged.first <= logged.booted) || journal?.fromBoot === true;
  const cut = journal?.cut === true || (logged?.cut === true && ours.length === logged.records.length);
  return value({
    whole: fromBoot && !cut,
    denials: alike(records.filter((it) => it.record === 'denial')),
    sigsys: records.flatMap((it) =>
      it.record === 'sigsys' ? [{ at: it.at, exe: it.exe, command: it.command }] : [],
    ),
    suppressed: records.reduce((sum, it) => sum + (it.record === 'suppressed' ? it.count : 0), 0),
  });
}

function parseDeaths(journal: Source | undefined): Observation<readonly Death[]> {
  if (journal === undefined) return unknown('there is no journalctl');
  if (journal.of === 'nothing') return unknown('the journal of this boot is empty');
  return value(
    journal.records.flatMap((it) =>
      it.record === 'death' ? [{ at: it.at, code: it.code, status: it.status }] : [],
    ),
  );
}

const blind = (journal: Source | undefined): string =>
  journal === undefined
    ? 'there is neither audit.log nor journalctl'
    : 'there is no audit.log, and the journal holds nothing of the kernel (is it a container?)';

/** Reads what `evidence` in attest-trail.observe.sh sends. */
function parseSource(text: string | undefined): Source | undefined {
  if (text === undefined) return undefined;
  const lines = text.split('\n');
  const first = lines.find((it) => it.startsWith('first '))?.slice('first '.length);
  const total = lines.reduce((sum, it) => sum + Number(/^total \w+ (\d+)$/.exec(it)?.[1] ?? 0), 0);
  const kept = lines.filter((it) => !/^(first |total \w+ \d+$)/.test(it) && it !== '');
  const records = kept.map(parseTrailLine).filter((it) => it !== undefined);
  return {
    records,
    first: first === undefined ? undefined : timeOf(first),
    of: first === undefined ? 'nothing' : / (kernel|audit(\[\d+\])?): /.test(first) ? 'kernel' : 'systemd',
    fromBoot: first !== undefined && / kernel: (\[ *\d+\.\d+\] )?Linux version /.test(first),
    cut: total > kept.length || records.some((it) => it.record === 'unparsed'),
  };
}

/**
 * The records of several sources, each once: auditd's log, journald's own copy and the kernel's message are the
 * same record with other heads. The same access at two times is two records, in every source.
 */
function merged(sources: readonly (readonly TrailRecord[])[]): readonly TrailRecord[] {
  const all = new Map<string, TrailRecord>();
  for (const records of sources) for (const it of records) if (!all.has(it.id)) all.set(it.id, it);
  return [...all.values()].toSorted((a, b) => a.at - b.at);
}

function alike(denials: readonly ({ readonly record: 'denial' } & Denial)[]): readonly DeniedAccess[] {
  const groups = new Map<string, DeniedAccess>();
  for (const { record: _, at, id: __, ...same } of denials) {
    const id = Object.values(same).join('\0');
    const known = groups.get(id);
    groups.set(id, { ...same, count: (known?.count ?? 0) + 1, last: Math.max(known?.last ?? 0, at) });
  }
  return [...groups.values()].toSorted((a, b) => b.count - a.count);
}
