import type { Request } from '../apply/session.ts';
import type { HostOutcome } from '../events.ts';
import { approvalOf } from '../plan/approved.ts';
import type { HostPlan } from '../plan/types.ts';
import type { Connection } from '../transport/transport.ts';
import { applyHost, type Watcher } from './apply.ts';
import { endOf } from './approval.ts';
import { outcomeOfApplyError, outcomeOfError } from './failure.ts';
import { patiently } from './patience.ts';
import type { Fleet } from './fleet.ts';
import { planned, type Surveyed } from './run.ts';
import { refusal, survey } from './survey.ts';

/** A host that is to be changed; without a connection it was let go since it was looked at. */
export type Turn = Omit<Surveyed, 'connection'> & { readonly connection: Connection | undefined };

/**
 * Makes on a host the changes that were shown, and lets go of it. One that was let go before, or that another run
 * held meanwhile, is looked at again first.
 */
export async function turn(
  fleet: Fleet,
  { located, connection, plan }: Turn,
  request: Request,
): Promise<HostOutcome> {
  const { it, target } = located;
  const { host } = it;
  let open = connection;
  let shown = plan;
  const show = (now: HostPlan): void => {
    shown = now;
    fleet.emit(planned(it, now));
  };
  const watcher: Watcher = {
    planned: show,
    progress: (step, detail) => fleet.emit({ event: 'host-progress', host, step, detail }),
    warning: (message) => fleet.emit({ event: 'warning', host, message }),
  };
  try {
    const on = (open ??= await fleet.transport.connect(target));
    return await patiently(fleet, on, host, async (again) => {
      let now = shown;
      if (again || !connection) {
        const seen = await survey(on, it, fleet);
        now = seen.plan;
        // Nobody has approved other changes than those that were shown.
        const ended =
          refusal(seen.facts, fleet.allowUntested) ?? endOf(now, it.approved ?? approvalOf(shown));
        if (ended?.is === 'stale') show(now);
        if (ended) return ended;
      }
      fleet.emit({ event: 'host-started', host });
      return applyHost(on, it, fleet, now, request, watcher, located.outside).catch(outcomeOfApplyError);
    });
  } catch (error) {
    return outcomeOfError(error);
  } finally {
    await open?.close();
  }
}
