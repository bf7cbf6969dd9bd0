import type { HostOutcome } from '../events.ts';
import { confinement } from '../observe/label.ts';
import type { Counted } from '../rollout/summary.ts';
import type { HostRun } from './run.ts';

/** Where a host stands, from the worst to the best: what the colour of its cell in a report means. */
export const standings = [
  'broken',
  'open',
  'alarm',
  'failed',
  'dark',
  'weak',
  'pending',
  'held',
  'good',
  'unseen',
] as const;
export type Standing = (typeof standings)[number];

/** As counts of hosts say it. */
export const standingWords: Readonly<Record<Standing, string>> = {
  broken: 'broken',
  open: 'unconfined',
  alarm: 'with an alarm',
  failed: 'failed',
  dark: 'not seen',
  weak: 'to look at',
  pending: 'differing from the playbook',
  held: 'held on purpose',
  good: 'as declared',
  unseen: 'not looked at',
};

/** What they mean, for who reads a report. */
export const standingMeaning: Readonly<Record<Standing, string>> = {
  broken: 'DNS does not answer, or named does not run: a person is needed.',
  open: 'named runs, and no policy holds it back.',
  alarm: 'Something was denied or killed: an attack, or a rule that is missing.',
  failed: 'A change was refused, or taken back; DNS answers as before.',
  dark: 'It could not be reached, or could not say what confines named.',
  weak: 'Confined, but less than it looks, or without a proof of it.',
  pending: 'It is not as its playbook says.',
  held: 'Apart from its playbook on purpose, for a time.',
  good: 'As its playbook says, and seen to be so.',
  unseen: 'The run did not come to it.',
};

const ofOutcome: Readonly<Record<HostOutcome['is'], Standing>> = {
  'in-sync': 'good',
  committed: 'good',
  restored: 'good',
  pending: 'pending',
  stale: 'pending',
  unapproved: 'pending',
  untouched: 'unseen',
  undone: 'failed',
  unhealthy: 'broken',
  refused: 'failed',
  conflict: 'failed',
  locked: 'failed',
  rejected: 'failed',
  failed: 'failed',
  crashed: 'failed',
  unreachable: 'dark',
  unknown: 'dark',
};

/** A stage of a rollout in words. */
export const stageWords: Readonly<Record<Counted, string>> = {
  done: 'done',
  watching: 'enforced, and watched',
  passed: 'proven, and waiting',
  soaking: 'soaking',
  new: 'not begun',
  elsewhere: 'in another rollout',
  unseen: 'not seen',
  back: 'went back',
};

const ofStage: Readonly<Record<Counted, Standing>> = {
  done: 'good',
  watching: 'held',
  passed: 'held',
  soaking: 'held',
  new: 'pending',
  back: 'failed',
  elsewhere: 'weak',
  unseen: 'dark',
};

/** Where a host stands by all that a run tells of it. */
export function standingOf({ outcome, status, blocked, stage }: HostRun): Standing {
  // A host that was moved in its rollout without trouble is where its stage says.
  const moved = outcome === undefined || ofOutcome[outcome.is] === 'good';
  if (stage !== undefined && moved) return ofStage[stage];
  if (outcome) return ofOutcome[outcome.is];
  if (blocked) return blocked.some(({ bites }) => bites) ? 'failed' : blocked.length > 0 ? 'weak' : 'good';
  if (!status) return 'unseen';
  const { named, unit, holds } = status.attestation;
  if (named.is === 'unknown' || unit.is === 'unknown') return 'dark';
  const process = named.is === 'value' ? named.value.process : named;
  if (process.is === 'unknown') return 'dark';
  if (process.is === 'absent') return 'broken';
  const { label } = process.value;
  if (label.is === 'unknown') return 'dark';
  if (label.is === 'value' && confinement(label.value) === 'nothing') return 'open';
  if (status.findings.some(({ severity }) => severity === 'alarm')) return 'alarm';
  if (holds.is === 'value' && holds.value.length > 0) return 'held';
  if (status.plan && status.plan.state !== 'in-sync') return 'pending';
  const weak = status.findings.some(({ severity }) => severity === 'warning' || severity === 'unknown');
  return weak ? 'weak' : 'good';
}
