import type { HostOutcome } from '../events.ts';
import { bindConfigProbe } from '../bind/config.ts';
import { ProfileName, UnitName } from '../brand.ts';
import type { Sight } from '../init/advice.ts';
import { profileProbe } from '../resources/profile.ts';
import { unitProbe } from '../resources/unit.ts';
import { interrupted, outcomeOfError } from './failure.ts';
import { eachHost, type Fleet } from './run.ts';
import { observe, refusal } from './survey.ts';
import type { Located, Reachable } from './targets.ts';
import type { HostName } from '../brand.ts';
import type { Connection } from '../transport/transport.ts';

/** A host as advice needs it, or why it gets none. */
export type Looked =
  | { readonly is: 'seen'; readonly host: HostName; readonly sight: Sight }
  | { readonly is: 'ended'; readonly host: HostName; readonly outcome: HostOutcome };

const unit = unitProbe(UnitName.parse('named.service'));
const profile = profileProbe(ProfileName.parse('named'));

/** Looks at what hosts have for the confinement of named, one trip each, and changes nothing. */
export async function lookFleet(
  fleet: Fleet,
  hosts: readonly Located<Reachable>[],
): Promise<readonly Looked[]> {
  const looked = await eachHost(fleet, hosts, async ({ it: { host }, target }): Promise<Looked> => {
    if (fleet.stop.aborted) return { is: 'ended', host, outcome: interrupted };
    let connection: Connection | undefined;
    try {
      connection = await fleet.transport.connect(target);
      return { host, ...(await look(connection, fleet.allowUntested)) };
    } catch (error) {
      return { is: 'ended', host, outcome: outcomeOfError(error) };
    } finally {
      await connection?.close();
    }
  });
  return looked.toSorted((a, b) => (a.host < b.host ? -1 : 1));
}

type Ending = { readonly is: 'ended'; readonly outcome: HostOutcome };

async function look(
  connection: Connection,
  allowUntested: boolean,
): Promise<{ readonly is: 'seen'; readonly sight: Sight } | Ending> {
  const { facts, observations } = await observe(connection, [unit, profile, bindConfigProbe]);
  const refused = refusal(facts, allowUntested);
  if (refused) return { is: 'ended', outcome: refused };
  if (observations.answer(unit).is === 'absent')
    return {
      is: 'ended',
      outcome: {
        is: 'refused',
        reason: 'there is no named.service on this host',
        hint: 'install bind9 there first, or leave the host out',
      },
    };
  return {
    is: 'seen',
    sight: {
      facts,
      profile: observations.answer(profile),
      config: observations.answer(bindConfigProbe),
    },
  };
}
