import { isDeepStrictEqual } from 'node:util';
import { manifest } from '../apply/manifest.ts';
import type { Request } from '../apply/session.ts';
import type { HostOutcome } from '../events.ts';
import type { HostPlan } from '../plan/types.ts';
import type { Connection } from '../transport/transport.ts';
import { applyHost } from './apply.ts';
import { outcomeOfApplyError, outcomeOfError } from './failure.ts';
import { patiently } from './patience.ts';
import type { Fleet, Surveyed } from './run.ts';
import { outcomeOf, refusal, survey } from './survey.ts';

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
  const planned = (now: HostPlan): void => {
    shown = now;
    fleet.emit({ event: 'host-planned', host, plan: now });
  };
  const progress = (step: string, detail: string) =>
    fleet.emit({ event: 'host-progress', host, step, detail });
  try {
    const on = (open ??= await fleet.transport.connect(target));
    return await patiently(fleet, on, host, async (again) => {
      let now = shown;
      if (again || !connection) {
        const { plan: fresh, facts } = await survey(on, it, fleet);
        const refused = refusal(facts, fleet.allowUntested);
        if (refused) return refused;
        now = fresh;
      }
      if (now.state !== 'changes') return outcomeOf(now);
      if (!sameEffects(shown, now)) {
        planned(now);
        return changed;
      }
      fleet.emit({ event: 'host-started', host });
      return applyHost(on, it, fleet, now, request, { planned, progress }).catch(outcomeOfApplyError);
    });
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

/** Whether a plan does to a host what was shown, whatever its reasons say; packages may be there by now. */
const sameEffects = (shown: HostPlan, now: HostPlan): boolean =>
  shown === now ||
  (now.packages.every((it) => shown.packages.includes(it)) &&
    isDeepStrictEqual(manifest(shown), manifest(now)));
