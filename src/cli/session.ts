import { userInfo, hostname } from 'node:os';
import type { Request } from '../apply/session.ts';
import { Exit, type ExitCode } from '../errors.ts';
import type { Emit, Event, HostOutcome } from '../events.ts';
import { exitCode, gravest } from '../fleet/exit.ts';
import { createLedger } from '../fleet/ledger.ts';
import type { Fleet } from '../fleet/fleet.ts';
import { membersOf } from '../fleet/members.ts';
import { locate, warn, type Located, type Reachable } from '../fleet/targets.ts';
import { Secret } from '../secret.ts';
import { createTransport } from '../transport/index.ts';
import { createTargets, type Targets } from '../transport/targets.ts';
import { version } from '../version.ts';
import { gitCommit } from './git.ts';
import { Interrupted, takeInterrupts, type Interrupts } from './interrupts.ts';
import { whatIsLeft, type Naming } from './left.ts';
import { vocabularyOf } from './modules.ts';
import { nextCommand } from './next.ts';
import type { CommonOptions } from './options.ts';
import { presenter, type Presenter } from './present.ts';
import { say, tell } from './say.ts';

/** What a command does with its fleet. */
export interface Session<T extends Reachable> {
  readonly fleet: Fleet;
  readonly located: readonly Located<T>[];
  /** Prompts give ^C to these. */
  readonly interrupts: Interrupts;
  /** Before a prompt: shows what was held back, and has no live view in the way. */
  readonly settle: () => void;
}

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
  /** The command that comes next, where the command itself knows it. */
  readonly next?: () => string | undefined;
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
  { commit, plan, naming, exit: own, args = [], next: named, people = presenter(options) }: RunOrigin = {},
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
    const next = named
      ? named()
      : nextCommand({ command, args, outcomes, resume: left?.resume, saved, naming }, options);
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
