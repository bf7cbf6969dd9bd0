import { z } from 'zod';
import type { HostName, ProfileName } from '../brand.ts';
import { spanSeconds } from '../span.ts';
import { nearest } from '../yaml/suggest.ts';
import type { Host, Inventory } from '../inventory/types.ts';
import { exercises, type Availability, type HostRollout, type RolloutSpec } from '../rollout/types.ts';
import { wavesOf } from '../rollout/waves.ts';
import { findingAt, type Spot } from '../yaml/spot.ts';
import type { Findings } from './findings.ts';
import type { LoadedPlay } from './loaded.ts';
import type { CheckedTask, CompiledTask, Size } from './types.ts';

const Duration = z
  .string()
  .regex(/^[1-9]\d{0,4}[smhd]$/, { error: 'must be a time like "30m", "12h" or "3d"', abort: true })
  .transform((text) => spanSeconds(text, 'smhd') ?? 0)
  .refine((seconds) => seconds <= 365 * 86_400, 'must be at most 365d');

const Wave = z.union([
  z.int().min(1),
  z
    .string()
    .min(1)
    .regex(/^(?!.*%$)|^(100|[1-9]\d?)%$/, 'must be a group, a number, or a percentage such as "25%"'),
]);

/** A play's `rollout`. */
export const RolloutKey = z.strictObject({
  waves: z
    .array(Wave)
    .min(1)
    .meta({
      description:
        'Which hosts come one after the other: groups, or numbers and percentages of the play’s hosts, counted from the first; the last wave leaves none out',
      examples: [
        ['canaries', '25%', '100%'],
        [1, '100%'],
      ],
    }),
  soak: Duration.meta({
    description: 'How long named has to be proven up in complain mode before the gate, like "3d"',
    examples: ['3d'],
  }),
  watch: Duration.default(3600).meta({
    description: 'How long a host watches itself behind enforce, and goes back by itself; "1h" by default',
    examples: ['1h'],
  }),
  max_unavailable: z
    .int()
    .min(1)
    .optional()
    .meta({
      description:
        'How many servers of a zone may be in change or watch at once, where the inventory’s max_unavailable allows more',
      examples: [1],
    }),
  gate: z
    .strictObject({
      waive: z
        .array(z.enum(exercises))
        .optional()
        .meta({
          description: 'Evidence that is done without: nobody has to have seen named do this',
          examples: [[exercises[0]]],
        }),
    })
    .optional()
    .meta({ description: 'What the gate asks for', examples: [{ waive: [exercises[0]] }] }),
});

/** A play's `rollout` as its file has it. */
export interface LoadedRollout {
  readonly spec: RolloutSpec;
  readonly spotOf: (path: readonly PropertyKey[]) => Spot;
}

export function loadRollout(
  given: z.output<typeof RolloutKey> | undefined,
  name: string,
  spotOf: (path: readonly PropertyKey[]) => Spot,
): LoadedRollout | undefined {
  if (given === undefined) return undefined;
  const { soak, watch, waves, gate, max_unavailable: maxUnavailable } = given;
  return {
    spec: {
      name,
      waves: waves.map((it) =>
        typeof it === 'string' && !it.endsWith('%') ? { is: 'group', group: it } : sizeOf(it),
      ),
      soak,
      watch,
      maxUnavailable,
      waive: gate?.waive ?? [],
    },
    spotOf,
  };
}

const sizeOf = (it: number | string): Size =>
  typeof it === 'number' ? { is: 'hosts', hosts: it } : { is: 'percent', percent: Number.parseInt(it, 10) };

type Task = Pick<CompiledTask, 'module' | 'at' | 'play'>;

/** What a rollout promotes is one thing: the enforce of one profile. What is told is the place of a second one, too. */
function checkEnforces(
  { spec, spotOf }: LoadedRollout,
  enforces: readonly Task[],
  isMissing: boolean,
  findings: Findings,
  host?: HostName,
): void {
  const [first, second] = enforces;
  if (first !== undefined && second !== undefined)
    findings.report(
      findingAt(
        spotOf([]),
        `a rollout leads to one task "apparmor_mode: enforce", but "${spec.name}" has two of them: ${place(first)} and ${place(second)}`,
        'leave one out, or give the other one a play of its own',
      ),
      host,
    );
  if (first === undefined && isMissing)
    findings.report(
      findingAt(
        spotOf([]),
        `a rollout leads to one task "apparmor_mode: enforce", and "${spec.name}" has none`,
        'add "apparmor_mode: { profile: named, mode: enforce }" to its tasks',
      ),
      host,
    );
}

const place = ({ at }: Task): string => `${at.file}:${at.line}:${at.col}`;

/** Whether a task enforces a profile, by its parameters. */
export const enforces = (module: string, params: unknown): boolean =>
  module === 'apparmor_mode' && (params as { readonly mode?: unknown }).mode === 'enforce';

/** The same without an inventory: what is certain of all hosts. */
export function checkRollout(
  { rollout }: LoadedPlay,
  tasks: readonly CheckedTask[],
  findings: Findings,
): void {
  if (rollout === undefined) return;
  const modes = tasks.filter((it) => it.module === 'apparmor_mode' && it.when !== 'no');
  const certain = modes.filter(
    (it) => it.when === 'yes' && it.params.is === 'known' && enforces(it.module, it.params.value),
  );
  const isPossible = modes.some((it) => it.params.is === 'open' || enforces(it.module, it.params.value));
  checkEnforces(rollout, certain, !isPossible, findings);
}

/** Waves against the inventory: groups that are there, and no host left out. All hosts of the play, before `--limit`. */
export function checkWaves(
  { spec, spotOf }: LoadedRollout,
  hosts: readonly Host[],
  inventory: Inventory,
  findings: Findings,
): void {
  let wrong = false;
  for (const [i, wave] of spec.waves.entries()) {
    if (wave.is !== 'group') continue;
    const { group } = wave;
    const isThere = inventory.groups.has(group) || group === 'all';
    if (isThere && (group === 'all' || hosts.some((it) => it.groups.includes(group)))) continue;
    wrong = true;
    const meant = isThere ? undefined : nearest(group, inventory.groups.keys());
    findings.report(
      findingAt(
        spotOf(['waves', i]),
        isThere
          ? `no host of this play is in the group "${group}"`
          : `no group of the inventory is called "${group}"`,
        meant === undefined
          ? 'a wave is a group, a number of hosts, or a percentage such as "25%"'
          : `did you mean "${meant}"?`,
      ),
    );
  }
  if (wrong || hosts.length === 0) return;
  const placed = wavesOf(
    spec,
    hosts.map(({ name, groups }) => ({ host: name, groups })),
  );
  const left = hosts.filter((it) => !placed.has(it.name)).map((it) => it.name);
  if (left.length === 0) return;
  const names = left.slice(0, 3).join(', ') + (left.length > 3 ? ', …' : '');
  findings.report(
    findingAt(
      spotOf(['waves', spec.waves.length - 1]),
      `the waves leave out ${left.length} of ${hosts.length} hosts: ${names}`,
      'let the last wave be "100%"',
    ),
  );
}

/**
 * A host in a rollout. Throws nothing: what is wrong is reported at its place.
 * @param tasks of the play, for this host
 * @param isWhole whether they are all there: one that could not be compiled may have been the enforce
 */
export function hostRollout(
  rollout: LoadedRollout,
  host: HostName,
  availability: Availability,
  tasks: readonly CompiledTask[],
  isWhole: boolean,
  findings: Findings,
): HostRollout | undefined {
  const own = tasks.filter((it) => enforces(it.module, it.params));
  checkEnforces(rollout, own, isWhole, findings, host);
  const [task] = own;
  if (task === undefined) return undefined;
  return {
    spec: rollout.spec,
    profile: (task.params as { readonly profile: ProfileName }).profile,
    ...availability,
  };
}
