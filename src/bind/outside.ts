/** What a name server says from outside: pure decisions over answers, whoever asked. */

export const overs = ['udp', 'tcp'] as const;
export type Over = (typeof overs)[number];

/** The answer to a question for a zone's SOA: with authority, or why there is none. */
export type Reply = { readonly zone: string; readonly over: Over } & (
  { readonly is: 'serial'; readonly serial: number } | { readonly is: 'none'; readonly why: string }
);

/** A zone that is seen over both, with the serial over each. */
export interface SeenZone {
  readonly zone: string;
  readonly serials: Readonly<Record<Over, number>>;
}

/** What outside sees before the change, and what it does not. */
export interface OutsideBaseline {
  readonly seen: readonly SeenZone[];
  /** `ZONE over udp: WHY`, one for each zone that is not seen. */
  readonly unseen: readonly string[];
}

/** Takes answers as the baseline: a zone counts where both UDP and TCP bring it. */
export function outsideBaseline(zones: readonly string[], replies: readonly Reply[]): OutsideBaseline {
  const find = index(replies);
  const seen: SeenZone[] = [];
  const unseen: string[] = [];
  for (const zone of zones) {
    const [udp, tcp] = [find(zone, 'udp'), find(zone, 'tcp')];
    if (udp.is === 'serial' && tcp.is === 'serial')
      seen.push({ zone, serials: { udp: udp.serial, tcp: tcp.serial } });
    else unseen.push(lack(udp) ?? lack(tcp) ?? zone);
  }
  return { seen, unseen };
}

/** What of the baseline does not come back: one text for each zone. Empty is proof. */
export function unproven(seen: readonly SeenZone[], replies: readonly Reply[]): readonly string[] {
  const find = index(replies);
  return seen.flatMap(({ zone, serials }) => {
    const lost = overs.flatMap((over): string[] => {
      const reply = find(zone, over);
      if (reply.is === 'none') return [lack(reply) ?? zone];
      return isSameOrNewer(serials[over], reply.serial)
        ? []
        : [`${zone} over ${over} went back from serial ${serials[over]} to ${reply.serial}`];
    });
    return lost.slice(0, 1);
  });
}

/** Serial numbers go around: the same, or further by less than 2^31 (RFC 1982, 3.2). */
export const isSameOrNewer = (before: number, now: number): boolean => (now - before) >>> 0 < 2 ** 31;

/** The first few of many. */
export const few = (texts: readonly string[]): string =>
  [...texts.slice(0, 3), ...(texts.length > 3 ? [`and ${texts.length - 3} more`] : [])].join('; ');

const lack = (reply: Reply): string | undefined =>
  reply.is === 'none' ? `${reply.zone} over ${reply.over}: ${reply.why}` : undefined;

function index(replies: readonly Reply[]): (zone: string, over: Over) => Reply {
  const all = new Map(replies.map((it) => [`${it.over} ${it.zone}`, it]));
  return (zone, over) => all.get(`${over} ${zone}`) ?? { zone, over, is: 'none', why: 'no answer' };
}
