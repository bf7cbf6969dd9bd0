import { isExpected, unseen, type Noted } from './note.ts';
import type { Exercise, Missing, RolloutSight, RolloutSpec, RolloutState, Verdict } from './types.ts';

/**
 * Whether a soaking host may enforce. Passed only with all of the evidence: the soak's time is proven, nothing was
 * denied since the policy changed, no record was lost, named ran all the time under its label, all that applies was
 * exercised, and nothing that named.conf needs is closed. What can't be seen is not proven, and never clean.
 * @param state as it was found
 * @param noted what this look added to it
 */
export function gate(
  { soak, waive }: Pick<RolloutSpec, 'soak' | 'waive'>,
  state: RolloutState,
  noted: Noted,
  sight: RolloutSight,
): Verdict {
  const after = noted.is === 'noted' ? noted.state : state;
  const why = [...blocks(after, sight)];
  if (why.length > 0) return { is: 'blocked', why };
  const { exercise, blocked } = sight;
  const untold = [
    ...(noted.is === 'unseen' ? noted.missing : []),
    ...unseen(exercise, 'what of named was exercised', 'what of named is to be exercised'),
    ...unseen(blocked, 'whether the profile allows what named.conf needs', 'what named.conf needs'),
  ];
  if (exercise.is === 'value' && exercise.value.applies.length === 0)
    untold.push({ what: 'what of named is to be exercised', command: undefined });
  if (untold.length > 0 || exercise.is !== 'value') return { is: 'not-proven', missing: untold };
  const missing = exercise.value.applies
    .filter((it) => !after.exercised.includes(it) && !waive.includes(it))
    .map((it) => missingExercise(it, sight));
  const left = soak - after.soaked;
  // Not "left > 0": a time that is no number is not over.
  if (!(left <= 0)) return { is: 'soaking', left, missing };
  return missing.length > 0 ? { is: 'not-proven', missing } : { is: 'passed' };
}

function* blocks(state: RolloutState, { named, policy, blocked }: RolloutSight): Generator<string> {
  if (policy.is === 'absent') yield `profile ${state.profile} is not loaded`;
  if (named.is === 'absent') yield 'named does not run';
  if (named.is === 'value' && !isExpected(state, named.value.label, 'complain'))
    yield `named runs under ${named.value.label || 'no label'}, not under ${state.profile} (complain)`;
  if (state.reason !== undefined) yield state.reason;
  if (blocked.is === 'value') yield* blocked.value;
}

const inWords: Readonly<Record<Exercise, string>> = {
  'query-udp': 'a query over UDP',
  'query-tcp': 'a query over TCP',
  reload: 'a reload',
  restart: 'a restart',
  journal: 'a write to the journal of a dynamic zone',
  'transfer-in': 'a transfer in',
  'transfer-out': 'a transfer out',
  'log-rotation': 'the rotation of a log',
};

function missingExercise(it: Exercise, sight: RolloutSight): Missing {
  return { what: `${inWords[it]} (${it})`, command: exerciseCommand(it, sight) };
}

/** What a person runs on the host to exercise it; undefined where that is up to the host's own traffic. */
function exerciseCommand(
  it: Exercise,
  { zones, addresses }: Pick<RolloutSight, 'zones' | 'addresses'>,
): string | undefined {
  const all = zones.is === 'value' ? zones.value : [];
  const address = addresses.find((one) => one !== '0.0.0.0' && one !== '::') ?? '127.0.0.1';
  const zone = (role?: 'primary' | 'secondary') =>
    all.find((one) => role === undefined || one.role === role)?.name ?? (role ? 'ZONE' : '.');
  switch (it) {
    case 'query-udp':
      return `dig @${address} ${zone()} SOA`;
    case 'query-tcp':
      return `dig @${address} ${zone()} SOA +tcp`;
    case 'reload':
      return 'rndc reload';
    case 'restart':
      return 'systemctl restart named';
    case 'journal':
      return 'nsupdate -l';
    case 'transfer-in':
      return `rndc retransfer ${zone('secondary')}`;
    case 'transfer-out':
      return `dig @${address} ${zone()} AXFR`;
    case 'log-rotation':
      return undefined;
  }
}
