import { existsSync } from 'node:fs';
import { userInfo, hostname } from 'node:os';
import type { Request } from '../apply/session.ts';
import { InputError, UsageError, Exit, type Diagnostic, type ExitCode } from '../errors.ts';
import type { Emit, Event, HostOutcome } from '../events.ts';
import { exitCode, gravest } from '../fleet/exit.ts';
import { createLedger } from '../fleet/ledger.ts';
import type { Fleet } from '../fleet/fleet.ts';
import { membersOf } from '../fleet/members.ts';
import { locate, warn, type Located, type Reachable } from '../fleet/targets.ts';
import { loadVarsFolders } from '../inventory/folders.ts';
import type { Beside } from '../inventory/list.ts';
import { loadInventory } from '../inventory/load.ts';
import type { Host, Inventory } from '../inventory/types.ts';
import { unitRules, type UnitFindings } from '../lint/lint.ts';
import { silence, unusedSilencers } from '../lint/silence.ts';
import { rejectConflicts } from '../plan/offline.ts';
import { lintTasks } from '../plan/units.ts';
import { compile } from '../playbook/compile.ts';
import { extraVars } from '../playbook/extra-vars.ts';
import type { HostTasks } from '../playbook/types.ts';
import { Secret } from '../secret.ts';
import { createTransport } from '../transport/index.ts';
import { createTargets, type Targets } from '../transport/targets.ts';
import { version } from '../version.ts';
import { byPlace } from '../yaml/diagnose.ts';
import { readText } from '../yaml/read.ts';
import { findingAt, namedSpot } from '../yaml/spot.ts';
import { didYouMean } from '../yaml/suggest.ts';
import { gitCommit } from './git.ts';
import { Interrupted, takeInterrupts, type Interrupts } from './interrupts.ts';
import { whatIsLeft, type Naming } from './left.ts';
import { vocabularyOf, type Vocabulary } from './modules.ts';
import { nextCommand } from './next.ts';
import type { CommonOptions } from './options.ts';
import { presenter, type Presenter } from './present.ts';
import { say, sayWarnings, tell } from './say.ts';

const inventories = new WeakMap<readonly string[], Inventory>();

/** The inventory that `-i` names; read, and warned about, once in a run. */
export function inventoryOf(options: CommonOptions): Inventory {
  const sources = options.inventory ?? [];
  if (sources.length === 0)
    throw new UsageError(
      'no inventory: say which hosts',
      'add -i inventory/lab.yml, or -i "ns1.example.org,"',
    );
  const known = inventories.get(sources);
  if (known !== undefined) return known;
  const inventory = loadInventory(sources);
  inventories.set(sources, inventory);
  sayWarnings(inventory.warnings, options);
  return inventory;
}

/** The host of an inventory that has this name. */
export function hostOf(inventory: Inventory, name: string): Host {
  const hosts: ReadonlyMap<string, Host> = inventory.hosts;
  const host = hosts.get(name);
  if (host !== undefined) return host;
  const near = didYouMean(name, hosts.keys());
  throw new UsageError(
    `the inventory has no host "${name}"`,
    near ?? 'confine inventory --graph shows what it has',
  );
}

/** What bears on variables beside the inventory: `--playbook-dir`, and `-e`. */
export function besideOf(inventory: Inventory, options: CommonOptions): Beside {
  const found: Diagnostic[] = [];
  const say = { error: (it: Diagnostic) => void found.push(it), warn: () => undefined };
  const known = { groups: inventory.groups.keys(), hosts: inventory.hosts.keys() };
  const { playbookDir } = options;
  const folders = playbookDir === undefined ? undefined : loadVarsFolders(playbookDir, known, say);
  const extra = extraVars(options.extraVars ?? [], say.error);
  if (found.length > 0) throw new InputError(found);
  return { folders, extra };
}

/** The tasks of every host that playbooks, inventory and `--limit` name, without conflicts and broken units. */
export async function compileFor(
  playbooks: readonly string[],
  options: CommonOptions,
): Promise<readonly HostTasks[]> {
  const { modules } = await vocabularyOf(options);
  const hosts = await compile({
    playbooks,
    inventory: inventoryOf(options),
    modules,
    ...(options.limit === undefined ? {} : { limit: options.limit }),
    ...(options.limitedBy === undefined ? {} : { limitedBy: options.limitedBy }),
    ...(options.tags === undefined ? {} : { tags: options.tags }),
    ...(options.skipTags === undefined ? {} : { skipTags: options.skipTags }),
    ...(options.extraVars === undefined ? {} : { extraVars: options.extraVars }),
  });
  rejectConflicts(hosts, modules);
  rejectUnits(hosts, modules, options);
  rejectNothing(hosts, options);
  return hosts;
}

/**
 * Shows what is odd about the drop-ins of tasks, and rejects those that break their unit.
 * @param whole all tasks of these files are judged, so that a comment which silences nothing can be told
 */
export function rejectUnits(
  hosts: readonly Pick<HostTasks, 'tasks'>[],
  modules: Vocabulary['modules'],
  options: CommonOptions,
  whole = false,
): void {
  const found = lintTasks(hosts, modules);
  const files = new Set(hosts.flatMap(({ tasks }) => tasks.map(({ at }) => at.file)));
  const texts = new Map([...files].filter((it) => existsSync(it)).map((it) => [it, readText(it)]));
  rejectFindings(found, texts, options, whole);
}

/** Shows warnings and rejects errors, but for those that a comment beside them allows. */
export function rejectFindings(
  found: UnitFindings,
  texts: ReadonlyMap<string, string>,
  options: CommonOptions,
  whole: boolean,
): readonly Diagnostic[] {
  const { errors, warnings } = silence(found, texts);
  const unused = whole
    ? unusedSilencers(
        found,
        texts,
        unitRules.map(({ id }) => id),
      )
    : [];
  const said = [...warnings, ...unused].toSorted(byPlace);
  sayWarnings(said, options);
  if (errors.length > 0) throw new InputError(errors);
  return said;
}

/**
 * How a command asks before it changes hosts: not at all with --yes.
 * @param first the command to look with where nobody can be asked
 * @param approved the changes were looked at already, so without a terminal there is nothing to ask
 * @throws {UsageError} where there is no terminal
 */
export function confirmation(
  options: CommonOptions,
  first: 'plan' | 'status',
  approved = false,
): (question: string, session: Asking) => Promise<boolean> {
  if (options.yes || (approved && !process.stdin.isTTY)) return async () => true;
  if (!process.stdin.isTTY)
    throw new UsageError('there is no terminal to confirm on', `look at confine ${first}, then add --yes`);
  return async (question, { interrupts, settle }) => {
    settle();
    return (await import('./ask.ts')).confirm(question, interrupts);
  };
}

/** The hosts of a question, by name or by number. */
export const named = (hosts: readonly { readonly host: string }[]): string =>
  hosts.length === 1 ? `${hosts[0]?.host}` : `${hosts.length} hosts`;

/** A misspelt tag would leave out every task, and call every host in sync. */
function rejectNothing(hosts: readonly HostTasks[], { tags, skipTags }: CommonOptions): void {
  const tasks = hosts.flatMap((it) => it.tasks);
  if (tags === undefined && skipTags === undefined) return;
  if (tasks.length === 0 || tasks.some((it) => it.selected)) return;
  const known = [...new Set(tasks.flatMap((it) => it.tags))].toSorted();
  throw new InputError([
    findingAt(
      namedSpot(tags === undefined ? '--skip-tags' : '--tags'),
      `"${(tags ?? skipTags ?? []).join(',')}" leaves no task`,
      known.length === 0 ? 'no task has a tag' : `tags there are: ${known.join(', ')}`,
    ),
  ]);
}

/** What a command does with its fleet. */
export interface Session<T extends Reachable> {
  readonly fleet: Fleet;
  readonly located: readonly Located<T>[];
  /** Prompts give ^C to these. */
  readonly interrupts: Interrupts;
  /** Before a prompt: shows what was held back, and has no live view in the way. */
  readonly settle: () => void;
}

/** What a prompt needs. */
export type Asking = Pick<Session<Reachable>, 'interrupts' | 'settle'>;

/**
 * Opens what a run over hosts needs, and closes every connection behind it. The ways to hosts are clear, and
 * the password of sudo was asked once, before any host is touched.
 */
export async function withFleet<T extends Reachable, R>(
  hosts: readonly T[],
  options: CommonOptions,
  { emit, settle, end }: Presenter,
  body: (session: Session<T>) => Promise<R>,
  letGo: (exit: ExitCode) => void = () => say(lettingGo),
): Promise<R> {
  const { modules } = await vocabularyOf(options);
  const interrupts = takeInterrupts((exit) => {
    settle();
    letGo(exit);
  });
  const transport = createTransport();
  try {
    const password = options.askBecomePass
      ? await (await import('./ask.ts')).askSecret('BECOME password: ', interrupts)
      : undefined;
    const located = await locate(targetsOf(options, password), hosts);
    const exit = interrupts.exit();
    if (exit !== undefined) throw new Interrupted(exit);
    interrupts.stop.addEventListener('abort', () =>
      emit({ event: 'warning', host: undefined, message: stopping }),
    );
    const fleet: Fleet = {
      transport,
      modules,
      forks: options.forks ?? 20,
      allowUntested: options.allowUntested ?? false,
      breakHolds: options.breakHold ?? false,
      lockWait: options.lockWait ?? 0,
      stop: interrupts.stop,
      emit,
    };
    return await body({ fleet, located, interrupts, settle });
  } finally {
    await transport.dispose();
    interrupts.release();
    end();
  }
}

const stopping =
  'interrupted: no further host is started, those in flight finish (interrupt again to let go of them)';
const lettingGo =
  'interrupted again: hosts in flight finish by themselves; confine status shows how they ended';

const targetsOf = (options: CommonOptions, password: string | undefined): Targets =>
  createTargets({
    noSshConfig: options.sshConfig === false,
    overrides: {
      ...(options.user === undefined ? {} : { user: options.user }),
      ...(options.privateKey === undefined ? {} : { privateKey: options.privateKey }),
      ...(options.become === undefined ? {} : { become: options.become }),
      ...(password === undefined ? {} : { becomePassword: new Secret(password) }),
    },
  });

/** What a run goes by. */
interface RunOrigin {
  /** That of the playbooks, or of a saved plan. */
  readonly commit?: string | undefined;
  readonly plan?: undefined | (Event & { readonly event: 'run-started' })['plan'];
  /** How the command names its hosts; undefined where it changes none, so that nothing is left. */
  readonly naming?: Naming;
  /** What the command itself says of a run that is over, besides how its hosts ended. */
  readonly exit?: () => ExitCode;
  /** What the command was given besides options, for the one that comes next. */
  readonly args?: readonly string[];
  /** Shows what the run tells to a person; else the terminal does, event by event. */
  readonly people?: Presenter;
}

/** The event that a run begins with. */
export const runStarted = (
  command: string,
  hosts: readonly Reachable[],
  options: CommonOptions,
  { commit = gitCommit(), plan }: Pick<RunOrigin, 'commit' | 'plan'>,
): Event => ({
  event: 'run-started',
  schemaVersion: 1,
  command,
  version,
  commit,
  ...(plan && { plan }),
  hosts: hosts.map((it) => it.host),
  members: membersOf(hosts, options.limit === undefined),
});

/** Runs a command over hosts between its first and its last event. */
export async function running<T extends Reachable>(
  command: string,
  hosts: readonly T[],
  options: CommonOptions,
  body: (session: Session<T>) => Promise<readonly HostOutcome[]>,
  { commit, plan, naming, exit: own, args = [], people = presenter(options) }: RunOrigin = {},
): Promise<ExitCode> {
  const started = performance.now();
  const ledger = createLedger(hosts.map((it) => it.host));
  let saved: string | undefined;
  const emit: Emit = (event) => {
    ledger.note(event);
    if (event.event === 'plan-saved') saved = event.file;
    tell(event, options);
    people.emit(event);
  };
  const ended = (exit: ExitCode, outcomes: readonly HostOutcome[], declined = false): ExitCode => {
    const left = naming && !declined ? whatIsLeft(ledger.standing(), naming) : undefined;
    if (left) emit(left);
    const next = nextCommand({ command, args, outcomes, resume: left?.resume, saved }, options);
    const seconds = (performance.now() - started) / 1000;
    emit({ event: 'run-ended', exit, seconds, ...(next !== undefined && { next }) });
    return exit;
  };
  const run = async (session: Session<T>): Promise<ExitCode> => {
    emit(runStarted(command, hosts, options, { commit, plan }));
    warn(session.located, emit);
    const outcomes = await body(session);
    const exit = session.interrupts.exit();
    // Who said no is not told how to go on.
    const declined = exit === undefined && outcomes.every((it) => it.is === 'pending');
    return ended(
      exit ?? gravest([exitCode(outcomes, options.detailedExitcode ?? false), own?.() ?? Exit.ok]),
      outcomes,
      declined,
    );
  };
  return withFleet(hosts, options, { ...people, emit }, run, (exit) => {
    emit({ event: 'warning', host: undefined, message: lettingGo });
    ended(exit, []);
  });
}

/** Who asks, for the lock's message and the outcome that the host keeps. */
export const requestOf = (options: CommonOptions, commit = gitCommit()): Request => ({
  who: `${userInfo().username}@${hostname()}`,
  commit,
  version,
  baseline: options.baseline === false ? 'waived' : 'required',
  deadline: 600,
});
