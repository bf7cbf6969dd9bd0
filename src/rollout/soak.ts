import type { RolloutSight, RolloutState } from './types.ts';

/** What a look needs to tell for time to be proven: all of it was seen. */
export interface Look extends Pick<RolloutSight, 'boot' | 'uptime'> {
  /** Of the running named. */
  readonly invocation: string;
  /** Seconds since the boot at which it started. */
  readonly started: number;
}

/**
 * Seconds that named was up between the last look and this one, as both clocks prove: never more than the host's
 * monotonic clock says, nor than the controller's, so that one that jumps adds nothing. With the same boot and the
 * same run of named that is all the time in between; another run proves its own time only, whatever came before it.
 * @param now by the controller, in seconds since the epoch
 */
export function proven(last: RolloutState['last'], look: Look, now: number): number {
  const seconds = Math.min(byHost(last, look), now - last.at);
  return seconds > 0 && Number.isFinite(seconds) ? seconds : 0;
}

function byHost(last: RolloutState['last'], { boot, uptime, invocation, started }: Look): number {
  if (boot !== last.boot) return Math.min(uptime, uptime - started);
  if (invocation === last.invocation) return uptime - last.uptime;
  // A run that is older than the last look was not what that look wanted to see.
  return started < last.uptime ? 0 : uptime - started;
}

/** The last look, for the next one to measure from. */
export const lookedAt = ({ boot, uptime, invocation }: Look, now: number): RolloutState['last'] => ({
  boot,
  uptime,
  invocation,
  at: now,
});
