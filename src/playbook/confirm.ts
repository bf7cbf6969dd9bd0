import { z } from 'zod';
import { HostName } from '../brand.ts';
import type { Inventory } from '../inventory/types.ts';
import { spanSeconds } from '../span.ts';
import { findingAt, type Spot } from '../yaml/spot.ts';
import { didYouMean } from '../yaml/suggest.ts';
import type { Findings } from './findings.ts';
import type { ResolvedVars } from './types.ts';

const secondsOf = (text: string): number => spanSeconds(text, 'sm') ?? 0;

const Within = z
  .string()
  .regex(/^[1-9]\d{0,2}[sm]$/, { error: 'must be a time like "30s" or "2m"', abort: true })
  .refine((text) => secondsOf(text) >= 5 && secondsOf(text) <= 600, 'must be from 5s to 10m');

/** A play's `confirm`: how long, or how long and who. */
export const ConfirmKey = z.union([
  Within,
  z.strictObject({
    within: Within.meta({
      description: 'How long a host waits for the word from outside, from 5s to 10m',
      examples: ['30s'],
    }),
    from: HostName.optional().meta({
      description: 'A host of the inventory that asks; without it, the controller does',
      examples: ['ns2.example.org'],
    }),
  }),
]);

/** A play's `confirm` as its file has it. */
export interface LoadedConfirm {
  /** Seconds. */
  readonly within: number;
  /** The peer's name. */
  readonly from: HostName | undefined;
  readonly spot: Spot;
}

export function loadConfirm(
  given: z.output<typeof ConfirmKey> | undefined,
  spotOf: (path: readonly PropertyKey[]) => Spot,
): LoadedConfirm | undefined {
  if (given === undefined) return undefined;
  if (typeof given === 'string') return { within: secondsOf(given), from: undefined, spot: spotOf([]) };
  const { within, from } = given;
  return { within: secondsOf(within), from, spot: spotOf(from === undefined ? ['within'] : ['from']) };
}

/** A host that asks others for their zones, and how it is reached. */
export interface Peer {
  readonly host: HostName;
  readonly vars: ResolvedVars;
  readonly become: undefined;
}

/** What has to come from outside before a host's transaction commits. */
export interface Confirm {
  /** Seconds that the host waits. */
  readonly within: number;
  /** Who asks for the zones: a peer, or the controller. */
  readonly from: Peer | 'controller';
  readonly spot: Spot;
}

/** One answer for a play and a host, with the peer looked up; what can't be is reported. */
export function resolveConfirm(
  { within, from, spot }: LoadedConfirm,
  host: HostName,
  inventory: Inventory,
  varsOf: (host: HostName) => ResolvedVars,
  findings: Findings,
): Confirm | undefined {
  if (from === undefined) return { within, from: 'controller', spot };
  if (!inventory.hosts.has(from)) {
    const hint = didYouMean(from, inventory.hosts.keys()) ?? 'name a host of the inventory';
    findings.report(findingAt(spot, `no host of the inventory is called "${from}"`, hint));
    return undefined;
  }
  if (from === host) {
    const hint = 'leave it out of the play’s hosts, and give it a play of its own';
    findings.report(findingAt(spot, `"${from}" can’t confirm itself: it is a host of this play`, hint));
    return undefined;
  }
  return { within, from: { host: from, vars: varsOf(from), become: undefined }, spot };
}

/** All plays of a host are one transaction, which waits once. */
export function mergeConfirm(
  host: HostName,
  before: Confirm | undefined,
  next: Confirm | undefined,
  findings: Findings,
): Confirm | undefined {
  if (before === undefined || next === undefined) return next ?? before;
  if (before.within === next.within && whoConfirms(before) === whoConfirms(next)) return before;
  const { file, line } = before.spot.at;
  findings.report(
    findingAt(
      next.spot,
      `all plays of a host are one transaction, and ${file}:${line} wants it confirmed in another way`,
      'say the same in both, or leave one out',
    ),
    host,
  );
  return before;
}

/** Who asks for the zones, by name. */
export const whoConfirms = ({ from }: Confirm): string =>
  from === 'controller' ? 'the controller' : from.host;
