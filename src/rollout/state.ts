import { AbsolutePath, ProfileName } from '../brand.ts';
import { keyedText, readKeyed } from '../observe/keyed.ts';
import { absent, unknown, value, type Observation } from '../observe/observation.ts';
import type { Probe } from '../observe/probe.ts';
import { fileProbe, type Node } from '../resources/file.ts';
import { exercises, stages, type Exercise, type RolloutState, type Stage } from './types.ts';

/** Where a host keeps the state of its rollout. */
export const statePath = AbsolutePath.parse('/var/lib/confine/rollout');

/** How often named did a thing since its start, by its own counters. */
export type Counts = Readonly<Partial<Record<Exercise, number>>>;

/** What the file holds: the state, and the counters of the last look, behind which the next one counts. */
export interface StateFile {
  readonly state: RolloutState;
  readonly counts: Counts;
}

/**
 * Writes the file: lines `key<TAB>value`, version 1. The host itself rewrites `stage`, `reason`, `since`, `soaked`
 * and `generation` (src/apply/watch.sh); all others are the controller's.
 */
export function formatState({ state, counts }: StateFile): string {
  const { last, cursor, paused, claim, reason } = state;
  const lines: readonly (readonly [string, string | number])[] = [
    ['version', state.version],
    ['id', state.id],
    ['name', state.name],
    ['generation', state.generation],
    ['stage', state.stage],
    ...(paused ? [['paused', `${paused.at} ${paused.who}`] as const] : []),
    ...(claim
      ? [['claim', [claim.token, claim.boot || '-', claim.uptime, claim.who].join(' ')] as const]
      : []),
    ['profile', state.profile],
    ['policy', state.policy],
    ['since', state.since],
    ['soaked', state.soaked],
    ['last', [last.boot || '-', last.uptime, last.invocation || '-', last.at].join(' ')],
    ['cursor', [cursor.boot || '-', cursor.time, cursor.serial, cursor.line].join(' ')],
    ...state.exercised.map((it) => ['exercised', it] as const),
    ...Object.entries(counts).map(([key, count]) => ['count', `${key} ${count}`] as const),
    ...(reason === undefined ? [] : [['reason', reason] as const]),
  ];
  return keyedText(lines);
}

/** Reads the file; undefined where it is in a format that this version does not read, or damaged. */
export function parseState(text: string): StateFile | undefined {
  if (!text.endsWith('\n')) return undefined;
  const { of, all } = readKeyed(text);
  const number = (text: string | undefined) => (text === undefined || text === '' ? NaN : Number(text));
  const [boot, uptime, invocation, at] = (of.get('last') ?? '').split(' ');
  const [cursorBoot, time, serial, line] = (of.get('cursor') ?? '').split(' ');
  const [, pausedAt, who = ''] = /^(\S+) (.*)$/.exec(of.get('paused') ?? '') ?? [];
  const [, token = '', claimBoot, claimUptime, claimant = ''] =
    /^(\S+) (\S+) (\S+) (.*)$/.exec(of.get('claim') ?? '') ?? [];
  const profile = ProfileName.safeParse(of.get('profile'));
  const [id, name, stage] = [of.get('id'), of.get('name'), of.get('stage')];
  const numbers = {
    generation: number(of.get('generation')),
    since: number(of.get('since')),
    soaked: number(of.get('soaked')),
  };
  const last = { uptime: number(uptime), at: number(at) };
  const cursor = { time: number(time), serial: number(serial), line: number(line) };
  const figures = [
    ...Object.values(numbers),
    ...Object.values(last),
    ...Object.values(cursor),
    ...(of.has('paused') ? [number(pausedAt)] : []),
    ...(of.has('claim') ? [number(claimUptime)] : []),
  ];
  if (of.get('version') !== '1' || !id || !name || !profile.success || !isStage(stage)) return undefined;
  if (figures.some(Number.isNaN)) return undefined;
  return {
    state: {
      version: 1,
      id,
      name,
      stage,
      ...numbers,
      paused: of.has('paused') ? { who, at: Number(pausedAt) } : undefined,
      claim: of.has('claim')
        ? { token, who: claimant, boot: given(claimBoot), uptime: Number(claimUptime) }
        : undefined,
      profile: profile.data,
      policy: of.get('policy') ?? '',
      last: { boot: given(boot), invocation: given(invocation), ...last },
      cursor: { boot: given(cursorBoot), ...cursor },
      exercised: all('exercised').filter(isExercise),
      reason: of.get('reason'),
    },
    counts: Object.fromEntries(
      all('count').flatMap((it) => {
        const [key = '', count] = it.split(' ');
        return isExercise(key) && Number.isFinite(number(count)) ? [[key, Number(count)]] : [];
      }),
    ),
  };
}

const asFile = fileProbe(statePath);

/** Asks for the state of a host's rollout. */
export const stateProbe: Probe<StateFile> = {
  key: 'rollout-state',
  needs: asFile.needs,
  ask: (key) => asFile.ask(key),
  parse: (frames, key) => stateIn(asFile.parse(frames, key)),
};

/** The state in what stands at its path. */
export function stateIn(node: Observation<Node>): Observation<StateFile> {
  if (node.is === 'unknown') return node;
  if (node.is === 'absent') return absent;
  const read = node.value.is === 'file' ? parseState(node.value.content.toString('utf8')) : undefined;
  return read ? value(read) : unknown(`${statePath} is not in a format that this version reads`);
}

const isStage = (it: string | undefined): it is Stage => stages.some((one) => one === it);
const isExercise = (it: string): it is Exercise => exercises.some((one) => one === it);
const given = (it: string | undefined): string => (it === undefined || it === '-' ? '' : it);
