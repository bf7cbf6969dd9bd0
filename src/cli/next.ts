import type { HostOutcome } from '../events.ts';
import { shellLine } from './shell-line.ts';
import type { CommonOptions } from './options.ts';

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
}

const flag = (name: string, value: string | undefined): readonly string[] =>
  value === undefined ? [] : [name, value];
const flags = (name: string, values: readonly string[] = []): readonly string[] =>
  values.flatMap((it) => [name, it]);
const given = (name: string, is: boolean | undefined): readonly string[] => (is ? [name] : []);

/** What says which hosts, and how they are reached. */
const hostFlags = (it: CommonOptions): readonly string[] => [
  ...flags('-i', it.inventory),
  ...flag('-l', it.limit),
  ...flag('-f', it.forks === undefined || it.forks === 20 ? undefined : String(it.forks)),
  ...flag('-u', it.user),
  ...flag('--private-key', it.privateKey),
  ...given('-b', it.become),
  ...given('-K', it.askBecomePass),
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

/** The command that comes next, for a shell; undefined where none can be named before a person has mended something. */
export function nextCommand(over: Over, options: CommonOptions): string | undefined {
  const { command, args, outcomes, resume, saved } = over;
  const some = (...kinds: readonly HostOutcome['is'][]) => outcomes.some(({ is }) => kinds.includes(is));
  const same = (name: string, ...more: readonly string[]) =>
    shellLine([
      name,
      ...args,
      ...hostFlags(options),
      ...moduleFlags(options),
      ...taskFlags(options),
      ...more,
    ]);
  const onHosts = (name: string) => shellLine([name, ...hostFlags(options)]);
  if (command.startsWith('rollout') || command === 'check') return undefined;
  if (command === 'status') return some('pending') ? same('plan') : undefined;
  if (resume !== undefined) return resume;
  if (command === 'plan') {
    if (some('untouched')) return same('plan');
    if (saved !== undefined)
      return shellLine(['apply', saved, ...hostFlags(options), ...moduleFlags(options)]);
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
