import { z } from 'zod';
import { HostName } from '../brand.ts';
import { InputError, messageOf } from '../errors.ts';
import { parseYaml } from '../yaml/load.ts';
import { findingAt, namedSpot, sourceText, type Spot } from '../yaml/spot.ts';
import { isMapping } from '../yaml/values.ts';

/** The format of plan files that this version writes and reads. Any change of what a file means is a new one. */
export const format = 1;

/** Default limit of a plan file's size, in bytes. */
export const maxPlanBytes = 64 * 1024 * 1024;

const lines = z.array(z.string());

export const Task = z.strictObject({
  name: z.string(),
  module: z.string(),
  at: z.strictObject({ file: z.string(), line: z.int().min(1), col: z.int().min(1) }),
  play: z.string(),
  params: z.unknown(),
  selected: z.boolean(),
  when: z.strictObject({ conditions: lines, values: z.record(z.string(), z.unknown()) }).optional(),
});

const Play = z.strictObject({
  name: z.string(),
  serial: z.array(
    z.discriminatedUnion('is', [
      z.strictObject({ is: z.literal('hosts'), hosts: z.int().min(1) }),
      z.strictObject({ is: z.literal('percent'), percent: z.number().min(0).max(100) }),
    ]),
  ),
  maxFail: z.number().min(0).max(100).optional(),
  /** An apply leaves the mode to it. */
  rollout: z.strictObject({ name: z.string() }).optional(),
});

const Host = z.strictObject({
  host: HostName,
  plays: z.array(Play),
  become: z.boolean().optional(),
  /** Seconds, and the peer that asks; without one the controller does. */
  confirm: z.strictObject({ within: z.int().min(5).max(600), from: HostName.optional() }).optional(),
  tasks: z.array(Task),
  approved: z.strictObject({ packages: lines, changes: lines, deferred: lines }),
});

export const PlanFile = z.strictObject({
  confine: z.literal('plan'),
  format: z.literal(format),
  version: z.string(),
  commit: z.string(),
  by: z.string(),
  made: z.iso.datetime(),
  breakHolds: z.boolean(),
  hosts: z
    .array(Host)
    .min(1)
    .refine((all) => new Set(all.map((it) => it.host)).size === all.length, 'a host stands here twice'),
  /** Modules of one's own that its tasks use: their code is not in here, but that it is the same can be told. */
  modules: z
    .array(z.strictObject({ name: z.string(), path: z.string(), sha256: z.hash('sha256') }))
    .optional(),
  /** Hosts that could not be planned, and how they ended. */
  leftOut: z.record(z.string(), z.string()),
});
export type PlanFile = z.output<typeof PlanFile>;

/** @throws {InputError} where it is no JSON, or was cut short */
export function readJson(text: string, file: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    const said = messageOf(error);
    const at = Number(/position (\d+)/.exec(said)?.[1] ?? text.trimEnd().length);
    const isCut = at >= text.trimEnd().length;
    throw new InputError([
      findingAt(
        sourceText(file, text).spot(Math.max(0, Math.min(at, text.trimEnd().length - 1))),
        isCut
          ? 'the plan ends in the middle: the file was cut short'
          : 'this is no JSON, so it is no saved plan',
        isCut
          ? 'copy or make it again: confine plan … --out FILE'
          : 'a playbook starts with "- name: …"; a plan comes from confine plan … --out FILE',
      ),
    ]);
  }
}

/** Where parts of the file stand: JSON is YAML, and only a file that is wrong is read twice. */
export function placesIn(
  text: string,
  file: string,
): (path: readonly PropertyKey[], which?: 'key' | 'value') => Spot {
  let known: ReturnType<typeof parseYaml>['spot'] | undefined;
  return (path, which) => {
    try {
      known ??= parseYaml(text, file, maxPlanBytes).spot;
    } catch {
      known = () => namedSpot(file);
    }
    return known(path, which);
  };
}

/** Files that are no plan at all, or one of another format, get one finding and not one for each key. */
export function rejectOthers(value: unknown, spot: (path: readonly PropertyKey[]) => Spot): void {
  if (!isMapping(value) || value['confine'] !== 'plan')
    throw new InputError([
      findingAt(
        spot([]),
        'this is neither a playbook (a list of plays) nor a plan that confine saved',
        'a playbook starts with "- name: …"; a plan comes from confine plan … --out FILE',
      ),
    ]);
  if (value['format'] === format) return;
  throw new InputError([
    findingAt(
      spot(['format']),
      `${madeBy(value['version'])} ${value['format'] === undefined ? 'names no format' : `is of format ${JSON.stringify(value['format'])}`}, and this confine reads format ${format}`,
      'plan again with this confine, or apply it with the one that made it',
    ),
  ]);
}

const madeBy = (version: unknown): string =>
  typeof version === 'string' ? `this plan, made by confine ${version},` : 'this plan';
