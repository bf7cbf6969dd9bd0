import type { HostOutcome, NextStep } from '../events.ts';
import type { RolloutSummary } from '../rollout/summary.ts';
import type { Naming } from './left.ts';
import type { CommonOptions, RolloutAction } from './options.ts';
import { shellLine } from './shell-line.ts';

/** A run that is over. */
export interface Over {
  readonly command: string;
  /** What the command was given besides options. */
  readonly args: readonly string[];
  readonly outcomes: readonly HostOutcome[];
  /** The command that goes on with the hosts that are left, where some are. */
  readonly resume: string | undefined;
  /** Where the plan was saved. */
  readonly saved: string | undefined;
  /** How the command named its hosts; undefined where it changes none. */
  readonly naming: Naming | undefined;
}

const flag = (name: string, value: string | undefined): readonly string[] =>
  value === undefined ? [] : [name, value];
const flags = (name: string, values: readonly string[] = []): readonly string[] =>
  values.flatMap((it) => [name, it]);
const given = (name: string, is: boolean | undefined): readonly string[] => (is ? [name] : []);

/** What says which hosts, and how they are reached. */
const hostFlags = (it: CommonOptions, limit: string | undefined): readonly string[] => [
  ...flags('-i', it.inventory),
  ...flag('-l', limit),
  ...loginFlags(it),
  ...runFlags(it),
];

/** What says as whom. */
const loginFlags = (it: CommonOptions): readonly string[] => [
  ...flag('-u', it.user),
  ...flag('--private-key', it.privateKey),
  ...given('-b', it.become),
];

/** What no inventory says. */
const runFlags = (it: CommonOptions): readonly string[] => [
  ...given('-K', it.askBecomePass),
  ...flag('-f', it.forks === undefined || it.forks === 20 ? undefined : String(it.forks)),
  ...given('--no-ssh-config', it.sshConfig === false),
  ...given('--allow-untested', it.allowUntested),
];

/** What says that modules are trusted: whatever reads a playbook or a plan of them needs it. */
const moduleFlags = (it: CommonOptions): readonly string[] => flags('-M', it.modulePath);

/** What says which tasks, with which values; a saved plan has settled that. */
const taskFlags = (it: CommonOptions): readonly string[] => [
  ...flags('-t', it.tags),
  ...flags('--skip-tags', it.skipTags),
  ...flags('-e', it.extraVars),
  ...given('--break-hold', it.breakHold),
];

/** What says what else the same command was given: hosts and tasks. */
const sameFlags = (it: CommonOptions, limit: string | undefined): readonly string[] => [
  ...hostFlags(it, limit),
  ...moduleFlags(it),
  ...taskFlags(it),
];

/** The command that comes next, for a shell; undefined where none can be named before a person has mended something. */
export function nextCommand(over: Over, options: CommonOptions): string | undefined {
  const { command, args, outcomes, resume, saved, naming } = over;
  const some = (...kinds: readonly HostOutcome['is'][]) => outcomes.some(({ is }) => kinds.includes(is));
  const same = (name: string, ...more: readonly string[]) =>
    shellLine([name, ...args, ...sameFlags(options, options.limit), ...more]);
  const limit = naming?.by === 'argument' ? naming.pattern : options.limit;
  const onHosts = (name: string) => shellLine([name, ...hostFlags(options, limit)]);
  // Those of a rollout come with its state.
  if (command.startsWith('rollout') || command === 'check') return undefined;
  if (command === 'status') return some('pending') ? same('plan') : undefined;
  if (resume !== undefined) return resume;
  if (command === 'plan') {
    if (some('untouched')) return same('plan');
    if (saved !== undefined)
      return shellLine(['apply', saved, ...hostFlags(options, options.limit), ...moduleFlags(options)]);
    if (some('pending')) return same('apply');
  }
  if (some('undone', 'unhealthy', 'unknown')) return onHosts('status');
  if (command === 'apply' && some('locked')) return same('apply', '--lock-wait', '300');
  if (
    outcomes.length === 0 ||
    !outcomes.every(({ is }) => is === 'in-sync' || is === 'committed' || is === 'restored')
  )
    return undefined;
  return onHosts(command === 'audit' && !options.end ? 'denials' : 'status');
}

/**
 * What reads the files that init wrote.
 * @param inventory the one that it wrote; how hosts are reached stands there, where it was given none
 */
export function writtenNext(playbook: string, inventory: string, options: CommonOptions): readonly string[] {
  const sources = flags('-i', [...(options.inventory ?? []), inventory]);
  const login = options.inventory === undefined ? [] : loginFlags(options);
  return [
    shellLine(['check', playbook, ...sources]),
    shellLine(['plan', playbook, ...sources, ...login, ...runFlags(options)]),
  ];
}

/** Where a rollout stands behind a run. */
export interface Stands {
  readonly action: RolloutAction;
  readonly playbooks: readonly string[];
  /** What it enforces: a profile for all hosts, as a rule. */
  readonly profiles: readonly string[];
  readonly summary: Pick<RolloutSummary, 'is' | 'blocks'>;
  readonly outcomes: readonly HostOutcome[];
}

/** What a person, or a schedule, does next with a rollout. */
export function rolloutNext(
  { action, playbooks, profiles, summary: { is, blocks }, outcomes }: Stands,
  options: CommonOptions,
): readonly NextStep[] {
  const step = (words: readonly string[], about?: string): NextStep => ({
    // It is decided by all of its hosts, so it takes no --limit.
    command: shellLine([...words, ...sameFlags(options, undefined)]),
    ...(about !== undefined && { about }),
  });
  const rollout = (name: string, about?: string) => step(['rollout', name, ...playbooks], about);
  switch (is) {
    case 'done':
      return [];
    case 'not-begun':
      // What kept all hosts from it would do so again, and who took it back does not want it now.
      return action === 'abort' || (action === 'start' && outcomes.length > 0) ? [] : [rollout('start')];
    case 'paused':
      return [rollout('start', 'goes on with it')];
    case 'back':
      return [rollout('start', 'begins anew there, once what sent hosts back is mended')];
    case 'running':
      return [
        ...(blocks.some(({ kind }) => kind === 'blocked')
          ? [
              ...profiles.map((it) =>
                step(
                  ['denials', '--propose', ...playbooks, ...(it === 'named' ? [] : ['--profile', it])],
                  `where profile ${it} has to allow more`,
                ),
              ),
              rollout('start', 'where it has not: their soak begins anew'),
            ]
          : []),
        rollout('advance', 'as often as a schedule likes'),
      ];
  }
}
