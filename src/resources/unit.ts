import { createHash } from 'node:crypto';
import { AbsolutePath, UnitName, type FileName } from '../brand.ts';
import type { Frames } from '../observe/frames.ts';
import { absent, unknown, value, type Observation } from '../observe/observation.ts';
import type { Probe } from '../observe/probe.ts';
import type { PredictedHost } from './predicted-host.ts';
import { askAbout, asked, type AskedUnit } from '../observe/named-unit.ts';
import { shQuote } from '../quote.ts';
import { parseFile, Refusal, type Located } from './file.ts';
import { parseLoaded } from './profile-probe.ts';
import { runsUnder, type LoadedProfile, type Profile } from './profile.ts';
import { attachesTo } from './profile-header.ts';

/** One file of a unit: its fragment, a drop-in or an environment file. */
export interface UnitPart {
  readonly path: string;
  readonly content: string;
}

/** Whether a part is a file of settings, and no environment file. */
export const isUnitFile = ({ path }: UnitPart): boolean => /\.(service|conf)$/.test(path);

/** What the unit's main process really runs as, read from /proc. */
export interface MainProcess {
  readonly pid: number;
  readonly exe: string;
  /** As in /proc/PID/attr/current; empty where no security module labels processes. */
  readonly label: string;
  readonly noNewPrivs: boolean;
  readonly seccomp: 'off' | 'strict' | 'filter';
  readonly capBnd: string;
  readonly uid: number;
}

/** What confine wrote down at the last start that it proved. */
export interface StartRecord {
  readonly invocation: string;
  readonly unitHash: string;
  readonly policy: string;
}

/** A unit as systemd has it, under its real name (bind9.service is an alias of named.service). */
export interface Unit {
  readonly name: UnitName;
  readonly names: readonly string[];
  readonly active: string;
  readonly enabled: string;
  readonly type: string;
  /** The version of the host's systemd; undefined where nothing says. */
  readonly systemd: number | undefined;
  readonly needDaemonReload: boolean;
  readonly invocation: string;
  readonly parts: readonly UnitPart[];
  /** sha256 over the parts, in their order. */
  readonly hash: string;
  /** Seconds since the epoch of the newest change (ctime) of a part, and of the main process's start. */
  readonly changedAt: number;
  readonly startedAt: number;
  readonly restarts: number;
  readonly process: MainProcess | undefined;
  readonly record: StartRecord | undefined;
  /** The loaded profile that attaches to the main process's binary; else the one that it runs under all the same. */
  readonly attaches: LoadedProfile | undefined;
}

/** What /proc/PID/status says of a confined process (proc(5)): Seccomp is 2, NoNewPrivs is 1, or it runs as bind. */
export type Trait = 'filter' | 'no-new-privileges' | 'user-bind';

export interface UnitDesire {
  readonly resource: 'unit';
  readonly unit: Unit;
  /** systemd has loaded the unit's files as they are, and a running process was started with them. */
  readonly loaded?: 'current';
  readonly enabled?: boolean;
  readonly running?: boolean;
  /** The program that named is to run in; it is the main process then. */
  readonly inside?: 'firejail';
  /** What the kernel is to enforce on named, or who it is to run as. */
  readonly has?: readonly Trait[];
  /** The profile that named is to run under, although none attaches to its binary by itself. */
  readonly under?: Profile;
}

/** Something that systemd does to a unit. */
export type UnitChange =
  | { readonly change: 'daemon-reload'; readonly unit: UnitName }
  | { readonly change: 'enable' | 'disable'; readonly unit: UnitName; readonly from: string }
  | {
      readonly change: 'start' | 'restart' | 'reload' | 'stop';
      readonly unit: UnitName;
      readonly why: readonly string[];
    };

/** Asks for a unit: its files, its state, its main process, and the record of its last proven start. */
export function unitProbe(name: UnitName | AskedUnit): Probe<Unit> {
  const of = asked(name);
  return {
    key: `unit:${of.key}`,
    needs: ['resources/file.observe.sh', 'resources/profile.observe.sh', ...of.needs],
    gather: of.gather,
    ask: (key) => `observe_apparmor\n${askAbout(of, `observe_unit ${key}`)}`,
    parse: parseUnit,
    predict: (seen, host) => (seen.is === 'value' ? value(predictUnit(seen.value, host)) : seen),
  };
}

/** Asks what stands at a drop-in of the real unit behind a name. */
export function dropInProbe(unit: UnitName, name: FileName): Probe<Located> {
  return {
    key: `dropin:${unit}/${name}`,
    needs: ['resources/file.observe.sh', 'resources/unit.observe.sh'],
    gather: `ask_unit ${shQuote(unit)}`,
    ask: (key) => `observe_dropin ${key} ${shQuote(unit)} ${shQuote(name)}`,
    parse: (frames, key) => {
      const path = AbsolutePath.safeParse(frames.text(`${key} path`));
      if (!path.success) return unknown(frames.text(`${key} unknown`) ?? 'the host did not answer');
      return value({ path: path.data, node: parseFile(frames, key) });
    },
    predict: (seen, host) =>
      seen.is === 'value'
        ? value({ path: seen.value.path, node: host.node(seen.value.path) ?? seen.value.node })
        : seen,
  };
}

function predictUnit(unit: Unit, host: PredictedHost): Unit {
  const { running, enabled } = host.unit(unit.name);
  return {
    ...unit,
    ...(running === undefined ? {} : { active: running ? 'active' : 'inactive' }),
    ...(enabled === undefined ? {} : { enabled: enabled ? 'enabled' : 'disabled' }),
  };
}

/** Reads `Key=value` lines as `systemctl show` prints them; a key may come several times. */
function parseShow(text: string): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, string[]>();
  for (const line of text.split('\n')) {
    const eq = line.indexOf('=');
    if (eq < 0) continue;
    const key = line.slice(0, eq);
    found.set(key, [...(found.get(key) ?? []), line.slice(eq + 1)]);
  }
  return found;
}

const seccompModes = ['off', 'strict', 'filter'] as const;

/** Reads the lines of /proc/PID/status that the probe took, and the label and binary behind them. */
function parseProcess(pid: number, text: string | undefined): MainProcess | undefined {
  if (pid === 0 || text === undefined) return undefined;
  const of = (key: string) => new RegExp(`^${key}:\\t(.*)$`, 'm').exec(text)?.[1] ?? '';
  return {
    pid,
    exe: of('Exe'),
    label: of('Label'),
    noNewPrivs: of('NoNewPrivs') === '1',
    seccomp: seccompModes[Number(of('Seccomp'))] ?? 'off',
    capBnd: of('CapBnd'),
    uid: Number(of('Uid').split('\t')[0]),
  };
}

function parseRecord(text: string | undefined): StartRecord | undefined {
  const [version, invocation = '', unitHash = '', policy = ''] = (text ?? '').split('\t');
  return version === '1' ? { invocation, unitHash, policy: policy.trim() } : undefined;
}

function parseUnit(frames: Frames, key: string): Observation<Unit> {
  const text = frames.text(`${key} show`);
  const blind = frames.text(`${key} unknown`) ?? frames.text(`${key} part unknown`);
  if (text === undefined || blind !== undefined) return unknown(blind ?? 'the host did not answer');
  const show = parseShow(text);
  const one = (property: string) => show.get(property)?.[0] ?? '';
  const name = UnitName.safeParse(one('Id'));
  if (!name.success || one('LoadState') === 'not-found') return absent;
  const prefix = `${key} part `;
  const bytes = frames.keys(prefix).map((it) => frames.bytes(it) ?? Buffer.alloc(0));
  const parts = frames.keys(prefix).map((it, i) => ({
    path: it.slice(prefix.length),
    content: bytes[i]?.toString('utf8') ?? '',
  }));
  const [now = '0', uptime = '0'] = (frames.text('unit clock') ?? '').split('\n');
  const bootedAt = Number(now) - Number.parseFloat(uptime);
  const exe = frames.text(`${key} exe link`) ?? '';
  const status = frames.text(`${key} process`);
  const process = parseProcess(Number(one('MainPID')), status && `${status}\nExe:\t${exe}`);
  const loaded = parseLoaded(frames);
  return value({
    name: name.data,
    names: one('Names').split(' '),
    active: one('ActiveState'),
    enabled: one('UnitFileState'),
    type: one('Type'),
    systemd: Number.parseInt(frames.text('unit systemd') ?? '', 10) || undefined,
    needDaemonReload: one('NeedDaemonReload') === 'yes',
    invocation: one('InvocationID'),
    parts,
    hash: createHash('sha256').update(Buffer.concat(bytes)).digest('hex'),
    changedAt: Math.max(0, ...(frames.text(`${key} changed`) ?? '').split('\n').map(Number)),
    startedAt: bootedAt + Number(one('ExecMainStartTimestampMonotonic')) / 1e6,
    restarts: Number(one('NRestarts')),
    process,
    record: parseRecord(frames.text(`${key} record`)),
    attaches: loaded.is === 'value' && process ? profileOf(process, loaded.value) : undefined,
  });
}

const profileOf = ({ exe, label }: MainProcess, loaded: readonly LoadedProfile[]) =>
  loaded.find((it) => attachesTo(it.attach, exe.replace(/ \(deleted\)$/, ''))) ??
  loaded.find((it) => runsUnder(label, it.name));

/**
 * Why the running process is not the one that is declared; empty where it is.
 * A start that confine proved is remembered on the host; without such a record, the change times of the
 * unit's files against the start of the process decide.
 */
export function staleness(unit: Unit, host: PredictedHost): readonly string[] {
  const { process, record } = unit;
  if (!process) return [];
  const why: string[] = [];
  if (process.exe.endsWith(' (deleted)')) why.push('its binary was replaced after it had started');
  const proven = record?.invocation === unit.invocation ? record : undefined;
  if (host.touchesUnit(unit)) why.push('its files change');
  else if (proven ? proven.unitHash !== unit.hash : unit.changedAt > unit.startedAt + 1)
    why.push('its files changed after it had started');
  const profile = unit.attaches;
  const mode = profile && (host.profile(profile.name)?.loaded ?? value(profile));
  if (profile && mode?.is === 'value' && mode.value.mode !== 'unconfined') {
    if (!runsUnder(process.label, profile.name))
      why.push(`it runs ${process.label || 'without a label'}, although profile ${profile.name} is loaded`);
    else if (proven && proven.policy !== profile.hash && mode.value.mode === 'enforce')
      why.push(`the policy of profile ${profile.name} changed after the last proven start`);
  }
  return why;
}

function outside({ unit, inside, under }: UnitDesire): readonly string[] {
  const runs = unit.process?.exe.endsWith(`/${inside}`) ?? false;
  return inside === undefined || runs ? uncovered(unit, under) : [`named does not run in ${inside}`];
}

/** In a jail the main process is not named; the transaction asks the named inside for its label. */
function uncovered({ process }: Unit, under: Profile | undefined): readonly string[] {
  if (!process || !under || process.exe.endsWith('/firejail')) return [];
  const { name } = under.header;
  return runsUnder(process.label, name)
    ? []
    : [`it runs ${process.label || 'without a label'}, and not under profile ${name}`];
}

/**
 * What systemd has to do, if anything.
 * @throws {Refusal} for a masked unit that is to run.
 */
export function compareUnit(desire: UnitDesire, host: PredictedHost): UnitChange[] {
  const { unit } = desire;
  if (unit.enabled.startsWith('masked') && (desire.running === true || desire.enabled === true))
    throw new Refusal(
      'error',
      `${unit.name} is masked on this host`,
      `systemctl unmask ${unit.name}, if it is meant to run`,
    );
  const changes: UnitChange[] = [];
  const { reloaded, restarted } = host.unit(unit.name);
  if (!reloaded && (unit.needDaemonReload || host.touchesUnit(unit)))
    changes.push({ change: 'daemon-reload', unit: unit.name });
  const isEnabled = unit.enabled === 'enabled' || unit.enabled === 'static' || unit.enabled === 'generated';
  if (desire.enabled === true && !isEnabled)
    changes.push({ change: 'enable', unit: unit.name, from: unit.enabled });
  if (desire.enabled === false && unit.enabled === 'enabled')
    changes.push({ change: 'disable', unit: unit.name, from: unit.enabled });
  const isRunning = unit.active === 'active' || unit.active === 'reloading';
  if (desire.running === true && !isRunning)
    changes.push({ change: 'start', unit: unit.name, why: [`it is ${unit.active}`] });
  else if (desire.running === false && isRunning) changes.push({ change: 'stop', unit: unit.name, why: [] });
  else if (isRunning && !restarted && desire.loaded === 'current') {
    const why = [...staleness(unit, host), ...outside(desire)];
    if (why.length > 0) changes.push({ change: 'restart', unit: unit.name, why });
  }
  return changes;
}
