import type { Frames } from './frames.ts';
import type { Observation } from './observation.ts';
import type { PredictedHost } from '../resources/predicted-host.ts';

/**
 * A question to a host. Probes of one kind are asked together, so that a trip forks as little as possible;
 * two probes with the same key are asked once.
 */
export interface Probe<T> {
  /** Unique for kind and question, without control characters; it names the frames of the answer. */
  readonly key: string;
  /** Shell functions that the question needs, by the name of their file. */
  readonly needs: readonly ShellSource[];
  /** A line of shell that runs before any question, so that questions of one kind are asked together. */
  readonly gather?: string;
  /** One line of shell that asks, with all data quoted. */
  ask(key: string): string;
  /** Reads the answer. Must not throw: what can't be read is unknown. */
  parse(frames: Frames, key: string): Observation<T>;
  /** What the answer will be once the changes planned so far are made. */
  predict?(seen: Observation<T>, host: PredictedHost): Observation<T>;
}

export type ShellSource =
  | 'adopt/others.observe.sh'
  | 'audit/shipped.observe.sh'
  | 'audit/trail.observe.sh'
  | 'bind/access.observe.sh'
  | 'bind/config.observe.sh'
  | 'bind/needs.observe.sh'
  | 'bind/served.observe.sh'
  | 'bind/statements.sh'
  | 'bind/health.sh'
  | 'observe/host.observe.sh'
  | 'observe/attest.observe.sh'
  | 'observe/attest-conffiles.observe.sh'
  | 'observe/attest-holds.observe.sh'
  | 'observe/attest-listeners.observe.sh'
  | 'observe/attest-process.observe.sh'
  | 'observe/attest-trail.observe.sh'
  | 'observe/lock.observe.sh'
  | 'observe/placed.observe.sh'
  | 'observe/security.observe.sh'
  | 'resources/backlog.observe.sh'
  | 'resources/file.observe.sh'
  | 'resources/package.observe.sh'
  | 'resources/profile.observe.sh'
  | 'resources/unit.observe.sh'
  | 'rollout/evidence.observe.sh'
  | 'rollout/placed.observe.sh';

export type Probes = Readonly<Record<string, Probe<unknown>>>;

/** The observations of a record of probes, by the same names. */
export type Seen<P extends Probes> = {
  readonly [K in keyof P]: P[K] extends Probe<infer T> ? Observation<T> : never;
};
