import { setTimeout as sleep } from 'node:timers/promises';
import { messageOf } from '../errors.ts';
import { acknowledgeTrip, peerReplies, peerTrip, refusedWord, zonesTrip } from '../apply/confirm.ts';
import { few, outsideBaseline, unproven, type Reply, type SeenZone } from '../bind/outside.ts';
import type { HostOutcome } from '../events.ts';
import type { HostPlan } from '../plan/types.ts';
import { TransportError, type Connection, type ConnectTarget } from '../transport/transport.ts';
import type { Transport } from '../transport/index.ts';

/** The variable of a host with the address at which outside asks it, where that is not the one of ssh. */
export const addressVariable = 'confine_dns_address';

/** How a host's transaction is confirmed. */
export interface Outside {
  /** Seconds that the host waits. */
  readonly within: number;
  /** Where the host is asked for its zones. */
  readonly address: string;
  /** The peer that asks; undefined for the controller itself. */
  readonly peer: ConnectTarget | undefined;
  /** The way to the host, for the connection that brings the word. */
  readonly target: ConnectTarget;
}

type Connects = Pick<Transport, 'connect'>;

/** What outside saw before the change, or why nothing may be changed. */
export type Standing =
  | { readonly is: 'seen'; readonly zones: readonly SeenZone[]; readonly warning: string | undefined }
  | Extract<HostOutcome, { readonly is: 'refused' }>;

/**
 * Asks from outside for the zones that answer on the host, before anything is changed there: what is not seen
 * now can't be missed afterwards. A host on which none answers is left to its own baseline.
 */
export async function standing(
  transport: Connects,
  connection: Connection,
  { watch }: Pick<HostPlan, 'watch'>,
  outside: Outside,
): Promise<Standing> {
  const zones = await zonesOf(connection, watch);
  if (zones === undefined)
    return {
      is: 'refused',
      reason: 'nobody could confirm: the host did not say which zones answer',
      hint: 'is there room in /tmp?',
    };
  if (zones.length === 0) return { is: 'seen', zones: [], warning: nothingToSee };
  const replies = await asked(transport, outside, zones).catch((error: unknown) => {
    if (error instanceof TransportError) return error;
    throw error;
  });
  if (replies instanceof TransportError)
    return {
      is: 'refused',
      reason: `nobody could confirm: ${who(outside)}, which is to ask for its zones, can’t be used: ${replies.message}`,
      hint: replies.hint,
    };
  const { seen, unseen } = outsideBaseline(zones, replies);
  if (seen.length > 0)
    return {
      is: 'seen',
      zones: seen,
      warning:
        unseen.length === 0 ? undefined : `from ${who(outside)} not seen, and not confirmed: ${few(unseen)}`,
    };
  return {
    is: 'refused',
    reason: `nobody could confirm: from ${who(outside)} none of its zones is seen at ${outside.address}: ${few(unseen)}`,
    hint: `is port 53 open from there, over UDP and TCP? ${addressVariable} names another address, and "from: HOST" under confirm another host that asks`,
  };
}

const nothingToSee = 'no zone answers on the host, so only a fresh connection confirms';

/** The zones that answer on the host itself; undefined where it does not say. */
async function zonesOf(
  connection: Connection,
  watch: HostPlan['watch'],
): Promise<readonly string[] | undefined> {
  const { status, stdout } = await connection.run(zonesTrip(watch));
  if (status.is !== 'exited' || status.code !== 0) return undefined;
  return stdout
    .toString('utf8')
    .split('\n')
    .filter((it) => it !== '');
}

/** A transaction that waits for the word from outside. */
export interface Confirmation {
  /** Starts to look, once the host has given its nonce. */
  begin(nonce: string): void;
  /** Ends it; gives why there was no word, where there was none. */
  end(): string | undefined;
}

/** Looks from outside until all is seen that was seen before, and then gives the host its word, anew each time. */
export function confirmation(
  transport: Connects,
  outside: Outside,
  zones: readonly SeenZone[],
  id: string,
  progress: (step: string, detail: string) => void,
): Confirmation {
  const ending = new AbortController();
  const { signal } = ending;
  const names = zones.map(({ zone }) => zone);
  let why: string | undefined;
  const goOn = async (nonce: string): Promise<void> => {
    for (; !signal.aborted; await sleep(500, undefined, { signal }).catch(() => {}))
      try {
        const missing = unproven(zones, await asked(transport, outside, names));
        if (signal.aborted) return;
        if (missing.length > 0) {
          why = `from ${who(outside)}: ${few(missing)}`;
          continue;
        }
        const refused = await acknowledge(transport, outside, id, nonce);
        // What was missing when the host still waited tells more than that it has given up since.
        why = refused === undefined ? undefined : (why ?? refused);
        return;
      } catch (error) {
        why = messageOf(error);
      }
  };
  return {
    begin(nonce) {
      progress('confirm', `${who(outside)}, at ${outside.address}, within ${outside.within} s`);
      void goOn(nonce);
    },
    end() {
      ending.abort();
      return why;
    },
  };
}

async function asked(
  transport: Connects,
  { address, peer }: Outside,
  zones: readonly string[],
): Promise<readonly Reply[]> {
  if (zones.length === 0) return [];
  if (peer === undefined) return (await import('../bind/soa.ts')).askSoa({ address }, zones);
  return onConnection(transport, peer, async (connection) => {
    // Seconds; a server that drops every question would have dig wait for each.
    const options = { asLoginUser: true, timeout: 60 };
    const { stdout } = await connection.run(peerTrip(address, zones), options);
    return peerReplies(stdout.toString('utf8'), zones);
  });
}

/** Gives a transaction its word, on a connection of its own: that of the transaction may be one that still hangs on. */
const acknowledge = (
  transport: Connects,
  { target }: Outside,
  id: string,
  nonce: string,
): Promise<string | undefined> =>
  onConnection(transport, target, async (connection) => {
    const { stdout } = await connection.run(acknowledgeTrip(id, nonce));
    return refusedWord(stdout.toString('utf8'));
  });

async function onConnection<T>(
  transport: Connects,
  target: ConnectTarget,
  use: (connection: Connection) => Promise<T>,
): Promise<T> {
  const connection = await transport.connect(target);
  try {
    return await use(connection);
  } finally {
    await connection.close();
  }
}

const who = ({ peer }: Outside): string => peer?.host ?? 'the controller';
