import { isDeepStrictEqual } from 'node:util';
import { manifest } from '../apply/manifest.ts';
import type { Request } from '../apply/session.ts';
import type { HostOutcome } from '../events.ts';
import type { HostPlan } from '../plan/types.ts';
import type { Connection } from '../transport/transport.ts';
import { applyHost } from './apply.ts';
import { outcomeOfApplyError, outcomeOfError } from './failure.ts';
import type { Fleet, Surveyed } from './run.ts';
import { outcomeOf, survey } from './survey.ts';

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
      const again = (await survey(open, it, fleet)).plan;
      if (again.state !== 'changes') return outcomeOf(again);
      if (!sameEffects(plan, again)) {
        fleet.emit({ event: 'host-planned', host, plan: again });
        return changed;
      }
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

const changed: HostOutcome = {
  is: 'refused',
  reason: 'what has to change here is no longer what was shown before',
  hint: 'somebody else changed this host meanwhile: look at the new plan, and apply again',
};

/** Whether two plans do the same to a host, whatever their reasons say. */
const sameEffects = (a: HostPlan, b: HostPlan): boolean =>
  isDeepStrictEqual([a.packages, manifest(a)], [b.packages, manifest(b)]);
