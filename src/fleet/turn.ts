import type { Request } from '../apply/session.ts';
import type { HostOutcome } from '../events.ts';
import { approvalOf } from '../plan/approved.ts';
import type { Connection } from '../transport/transport.ts';
import { applyHost } from './apply.ts';
import { endOf } from './approval.ts';
import { outcomeOfApplyError, outcomeOfError } from './failure.ts';
import type { Fleet, Surveyed } from './run.ts';
import { inOtherHands, survey } from './survey.ts';

/** A host that is to be changed; without a connection it was let go since it was looked at. */
export type Turn = Omit<Surveyed, 'connection'> & { readonly connection: Connection | undefined };

/** Makes on a host the changes that were shown, and lets go of it. */
export async function turn(
  fleet: Fleet,
  { located, connection, plan }: Turn,
  request: Request,
): Promise<HostOutcome> {
  const { it, target } = located;
  const { host } = it;
  let open = connection;
  try {
    if (!open) {
      open = await fleet.transport.connect(target);
      const { plan: again, facts } = await survey(open, it, fleet);
      // Nobody has approved other changes than those that were shown.
      const ended = inOtherHands(facts) ?? endOf(again, it.approved ?? approvalOf(plan));
      if (ended?.is === 'stale') fleet.emit({ event: 'host-planned', host, plan: again });
      if (ended) return ended;
    }
    fleet.emit({ event: 'host-started', host });
    return await applyHost(open, it, fleet, plan, request, {
      planned: (rest) => fleet.emit({ event: 'host-planned', host, plan: rest }),
      progress: (step, detail) => fleet.emit({ event: 'host-progress', host, step, detail }),
    }).catch(outcomeOfApplyError);
  } catch (error) {
    return outcomeOfError(error);
  } finally {
    await open?.close();
  }
}
