import type { UnitName } from '../brand.ts';
import { parseCapabilities, type Capabilities } from './capabilities.ts';
import type { Frames } from './frames.ts';
import { parseLabel, securityModules, type Label, type SecurityModules } from './label.ts';
import { askAbout, asked, type AskedUnit } from './named-unit.ts';
import { absent, unknown, value, type Observation } from './observation.ts';
import type { Probe } from './probe.ts';

/** A process that is named, or that stands for it, as the kernel has it. */
export interface NamedProcess {
  readonly pid: number;
  readonly command: string;
  readonly exe: Observation<string>;
  readonly uid: number;
  /** Absent: no security module labels processes on this host. */
  readonly label: Observation<Label>;
  readonly noNewPrivs: Observation<boolean>;
  readonly seccomp: Observation<'off' | 'strict' | 'filter'>;
  readonly effective: Observation<Capabilities>;
  readonly bounding: Observation<Capabilities>;
  readonly cgroup: string;
  /** Its ancestors up to init, the nearest first. */
  readonly parents: readonly { readonly pid: number; readonly command: string }[];
  /** It is firejail, or runs below it. */
  readonly firejail: boolean;
}

/** What runs as named on a host. */
export interface NamedProcesses {
  /** The one of the unit: named itself, also where the main process is a wrapper. Absent: it does not run. */
  readonly process: Observation<NamedProcess>;
  /** Others that are called named: started by hand, by another unit, or in a container. */
  readonly others: readonly NamedProcess[];
  readonly tasks: Observation<number>;
  readonly tasksMax: Observation<number | 'infinity'>;
  /** Bytes. */
  readonly memory: Observation<number>;
}

/** Asks for the named of a unit, and for any other. */
export function namedProbe(unit: UnitName | AskedUnit): Probe<NamedProcesses> {
  const of = asked(unit);
  return {
    key: `named:${of.key}`,
    needs: ['observe/security.observe.sh', ...of.needs, 'observe/attest-process.observe.sh'],
    gather: of.gather,
    ask: (key) => `observe_security\n${askAbout(of, `observe_named ${key}`)}`,
    parse: parseNamed,
  };
}

function parseNamed(frames: Frames, key: string): Observation<NamedProcesses> {
  const text = frames.text(`${key} processes`);
  if (text === undefined) return unknown('the host did not answer');
  const of = (name: string) => frames.text(`${key} ${name}`)?.trim() ?? '';
  const modules = securityModules(frames);
  const all = text
    .split('\n\n')
    .map((it) => it.trim())
    .filter(Boolean)
    .map((it) => parseProcess(it, modules, of('last-capability'), (pid) => exeOf(frames, key, pid)));
  const group = of('group');
  const own = all.filter(
    (it) =>
      it.pid === Number(of('main')) ||
      (group !== '' && (it.cgroup === group || it.cgroup.startsWith(`${group}/`))),
  );
  const process = own.find((it) => it.command === 'named') ?? own[0];
  const usage = (name: string) => quantity(new RegExp(`^${name}=(.*)$`, 'm').exec(of('usage'))?.[1]);
  const tasks = usage('TasksCurrent');
  const memory = usage('MemoryCurrent');
  return value({
    process: process ? value(process) : absent,
    others: all.filter((it) => !own.includes(it)),
    tasks: finite(tasks),
    tasksMax: usage('TasksMax'),
    memory: finite(memory),
  });
}

function exeOf(frames: Frames, key: string, pid: string): Observation<string> {
  const exe = frames.text(`${key}/${pid} exe link`);
  return exe === undefined ? unknown('it ended meanwhile') : value(exe);
}

const finite = (it: Observation<number | 'infinity'>): Observation<number> =>
  it.is === 'value' && it.value === 'infinity'
    ? unknown('systemd does not account for it')
    : (it as Observation<number>);

/** A number of `systemctl show`; older versions print "not set" and "infinity" as the highest number. */
function quantity(text: string | undefined): Observation<number | 'infinity'> {
  if (text === undefined || text === '') return unknown('systemd did not say');
  if (text === 'infinity' || text === '18446744073709551615') return value('infinity');
  return /^\d+$/.test(text) ? value(Number(text)) : unknown('systemd does not account for it');
}

const seccompModes = ['off', 'strict', 'filter'] as const;

/** Reads lines of /proc/PID/status with the label, the control group and the ancestors behind them. */
function parseProcess(
  text: string,
  modules: SecurityModules,
  lastCapability: string,
  exe: (pid: string) => Observation<string>,
): NamedProcess {
  const of = (name: string) => new RegExp(`^${name}:\\t(.*)$`, 'm').exec(text)?.[1] ?? '';
  const silent = unknown('the kernel did not say');
  const command = of('Name');
  const parents = [...text.matchAll(/^Parent:\t(\d+)\t(.*)$/gm)].map(([, pid, name = '']) => ({
    pid: Number(pid),
    command: name,
  }));
  const seccomp = seccompModes[Number(of('Seccomp') || Number.NaN)];
  return {
    pid: Number(of('Pid')),
    command,
    exe: exe(of('Pid')),
    uid: Number(of('Uid').split('\t')[0]),
    label: parseLabel(of('Label'), modules),
    noNewPrivs: of('NoNewPrivs') === '' ? silent : value(of('NoNewPrivs') === '1'),
    seccomp: seccomp === undefined ? silent : value(seccomp),
    effective: parseCapabilities(of('CapEff'), lastCapability),
    bounding: parseCapabilities(of('CapBnd'), lastCapability),
    cgroup: of('Cgroup'),
    parents,
    firejail: [command, ...parents.map((it) => it.command)].includes('firejail'),
  };
}
