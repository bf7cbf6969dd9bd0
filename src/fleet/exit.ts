import { Exit, type ExitCode } from '../errors.ts';
import type { HostOutcome } from '../events.ts';

const exitOf: Readonly<Record<HostOutcome['is'], ExitCode>> = {
  'in-sync': Exit.ok,
  pending: Exit.pending,
  committed: Exit.ok,
  restored: Exit.ok,
  undone: Exit.undone,
  unhealthy: Exit.unhealthy,
  refused: Exit.failed,
  conflict: Exit.rejected,
  locked: Exit.locked,
  unreachable: Exit.unreachable,
  unknown: Exit.unreachable,
  rejected: Exit.rejected,
  stale: Exit.stale,
  unapproved: Exit.stale,
  untouched: Exit.interrupted,
  failed: Exit.failed,
  crashed: Exit.internal,
};

/** The gravest first; rejected input stands behind what happened to hosts that were touched. */
const gravity: readonly ExitCode[] = [
  Exit.internal,
  Exit.unhealthy,
  Exit.undone,
  Exit.failedAndUnreachable,
  Exit.failed,
  Exit.unreachable,
  Exit.rejected,
  Exit.interrupted,
  Exit.stale,
  Exit.locked,
  Exit.pending,
  Exit.ok,
];

/**
 * The exit code of a run over many hosts: the gravest of its outcomes.
 * @param detailed whether pending changes count (`--detailed-exitcode`)
 */
export function exitCode(outcomes: readonly HostOutcome[], detailed: boolean): ExitCode {
  // What stopped the run are the hosts that failed: they say how it ended.
  const told = outcomes.filter((it) => it.is !== 'untouched' || it.because === 'interrupted');
  const codes = new Set(told.map((it) => exitOf[it.is]));
  if (!detailed && codes.delete(Exit.pending)) codes.add(Exit.ok);
  if (codes.has(Exit.failed) && codes.has(Exit.unreachable)) codes.add(Exit.failedAndUnreachable);
  return gravest([...codes]);
}

/** The gravest of several exit codes. */
export const gravest = (codes: readonly ExitCode[]): ExitCode =>
  gravity.find((it) => codes.includes(it)) ?? Exit.ok;

/** The exit code of a look at hosts, which changes none: what was seen is no failure. */
export const lookExit = (
  looked: readonly ({ readonly is: 'seen' } | { readonly is: 'ended'; readonly outcome: HostOutcome })[],
): ExitCode =>
  exitCode(
    looked.flatMap((it) => (it.is === 'ended' ? it.outcome : [])),
    false,
  );
