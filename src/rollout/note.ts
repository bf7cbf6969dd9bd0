import type { Observation } from '../observe/observation.ts';
import { lookedAt, proven } from './soak.ts';
import type { Missing, RolloutSight, RolloutState } from './types.ts';

/** What a look adds to the state of a soaking host; `unseen` where it could not see all that it takes. */
export type Noted =
  /** `anew`: why the soak begins again; undefined where it goes on. */
  | { readonly is: 'noted'; readonly state: RolloutState; readonly anew: string | undefined }
  | { readonly is: 'unseen'; readonly missing: readonly Missing[] };

/**
 * Takes a look into account. What could not be seen leaves the state as it is: the next look measures from the same
 * place, with the same cursor, so that nothing in between is lost or counted. What makes a hole in the evidence begins
 * the soak, and what is to be exercised, again: another policy, another label, lost records, a death that nobody asked
 * for. Denials stay in the state until the policy changes.
 * @param now by the controller, in seconds since the epoch
 * @param again why it begins again whatever was seen, with what was denied forgotten; undefined where it does not
 */
export function note(state: RolloutState, sight: RolloutSight, now: number, again?: string): Noted {
  const { boot, uptime, named, policy, trail, deaths } = sight;
  const missing = [
    ...(boot === '' ? [{ what: 'which boot of the host this is', command: undefined }] : []),
    ...unseen(named, 'the running named', 'named does not run'),
    ...(policy.is === 'unknown' ? unseen(policy, 'the loaded policy', '') : []),
    ...unseen(trail, 'the audit trail', 'the host keeps no audit trail'),
    ...unseen(deaths, 'how named ended', 'the host keeps no journal'),
  ];
  if (
    missing.length > 0 ||
    named.is !== 'value' ||
    policy.is === 'unknown' ||
    trail.is !== 'value' ||
    deaths.is !== 'value'
  )
    return { is: 'unseen', missing };

  const loaded = policy.is === 'value' ? policy.value : '';
  const changed = loaded !== state.policy;
  const expected = isExpected(state, named.value.label, 'complain');
  const holes = [
    ...(again === undefined ? [] : [again]),
    ...(changed ? ['the policy is another one'] : []),
    ...(expected ? [] : [`named runs under ${named.value.label || 'no label'}`]),
    ...(trail.value.lost > 0 ? [`${trail.value.lost} audit records were lost`] : []),
    ...(trail.value.whole ? [] : ['the audit trail does not reach back to the last look']),
    ...deaths.value.map((how) => `named ended, and nobody asked for it: ${how}`),
  ];
  const look = { boot, uptime, started: named.value.started, invocation: named.value.invocation };
  const next: RolloutState = {
    ...state,
    generation: state.generation + 1,
    policy: loaded,
    // What ran otherwise than expected proves nothing to the next look either.
    last: lookedAt({ ...look, invocation: expected ? look.invocation : '' }, now),
    cursor: trail.value.cursor,
    reason: changed || again !== undefined ? undefined : (state.reason ?? deniedText(trail.value.denials)),
  };
  if (holes.length > 0)
    return {
      is: 'noted',
      state: { ...next, since: now, soaked: 0, exercised: [] },
      anew: holes.join('; '),
    };
  const seen = sight.exercise.is === 'value' ? sight.exercise.value.seen : [];
  return {
    is: 'noted',
    state: {
      ...next,
      soaked: state.soaked + proven(state.last, look, now),
      exercised: [...new Set([...state.exercised, ...seen])].toSorted(),
    },
    anew: undefined,
  };
}

/** Whether a label of named, as the kernel writes it, is that of the rollout's profile in a mode. */
export const isExpected = (
  { profile }: Pick<RolloutState, 'profile'>,
  label: string,
  mode: 'complain' | 'enforce',
): boolean => label === `${profile} (${mode})`;

/** The evidence that an observation lacks; `none` says what its absence means. */
export function unseen(it: Observation<unknown>, what: string, none: string): readonly Missing[] {
  if (it.is === 'value') return [];
  return [{ what: it.is === 'absent' ? none : `${what}: ${it.reason}`, command: undefined }];
}

function deniedText(denials: readonly { readonly what: string }[]): string | undefined {
  const [first] = denials;
  if (first === undefined) return undefined;
  const more = denials.length > 1 ? `, and ${denials.length - 1} more` : '';
  return `outside of the profile: ${first.what}${more}`;
}
