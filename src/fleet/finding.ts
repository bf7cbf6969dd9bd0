import type { Attestation } from './attestation.ts';

/** Something about a host that a person should know. */
export interface Finding {
  /**
   * alarm: named is not held back, or may have been attacked; warning: its confinement, or the proof of it, is
   * weaker than it looks; unknown: the host could not be asked.
   */
  readonly severity: 'alarm' | 'warning' | 'note' | 'unknown';
  /** The fact it is about, by its key in the attestation. */
  readonly about: keyof Attestation | 'drift';
  readonly what: string;
  /** Why it matters. */
  readonly why: string;
  /** The next step. */
  readonly next: string;
}

/** A time in words, to the minute. */
export const when = (at: number): string => `${new Date(at * 1000).toISOString().slice(0, 16)}Z`;

/** How often, in words. */
export const times = (count: number): string => (count === 1 ? 'once' : `${count} times`);
