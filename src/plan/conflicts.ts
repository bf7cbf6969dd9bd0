import type { Claim } from './claims.ts';
import { pairs, type Mechanism, type Pair, type Proof } from './mechanisms.ts';

/** A rule that two claims on one host can't both hold. */
export interface ConflictRule {
  readonly id: string;
  readonly title: string;
  readonly reason: string;
  readonly source: string;
  readonly proof: Proof;
  readonly advice: string;
  /** Whether these two claims, in this order, conflict. Each pair is tried both ways. */
  readonly between: (a: Claim, b: Claim) => boolean;
}

/** A claim about the whole host meets those of every unit. */
const sameUnit = (a: Claim, b: Claim) => a.unit === undefined || b.unit === undefined || a.unit === b.unit;

const words = (mechanism: Mechanism) => mechanism.toLowerCase().replaceAll(/[ =]+/g, ' ').trim().split(' ');

/** The name of a pair's rule, as `confine explain conflict` takes it. */
const pairId = ({ a, b }: Pair): string => [...words(a), ...words(b)].join('-');

const pairRules = pairs
  .filter((it) => it.verdict === 'conflict')
  .map((it): ConflictRule => {
    const { a: one, b: other, reason, source, proof, advice } = it;
    return {
      id: pairId(it),
      title: `${one} and ${other}`,
      reason,
      source,
      proof,
      advice,
      between: (a, b) => sameUnit(a, b) && a.mechanism === one && b.mechanism === other,
    };
  });

const isYes = (value: string) => /^(1|yes|true|on)$/i.test(value);

interface FirejailBreak {
  readonly key: string;
  /** How the setting is written where it breaks. */
  readonly as: string;
  readonly says: string;
  readonly breaks: (value: string) => boolean;
}

const refused = 'ends with "clone: main.c: Operation not permitted"';

/** Settings of a unit under which firejail can't set up its jail, each with what happens then. */
export const firejailBreaks: readonly FirejailBreak[] = [
  {
    key: 'ProtectSystem',
    as: 'ProtectSystem=strict',
    says: 'can’t even create /run/firejail/profile/PID',
    breaks: (it) => it === 'strict',
  },
  {
    key: 'PrivateDevices',
    as: 'PrivateDevices=yes',
    says: 'ends with "cannot create /dev/zero device: Operation not permitted"',
    breaks: isYes,
  },
  {
    key: 'RestrictNamespaces',
    as: 'RestrictNamespaces=',
    says: refused,
    breaks: (it) => !/^(0|no|false|off|)$/i.test(it),
  },
  {
    key: 'RestrictSUIDSGID',
    as: 'RestrictSUIDSGID=yes',
    says: 'ends with "mkdir_attr: Operation not permitted"',
    breaks: isYes,
  },
  {
    key: 'SystemCallFilter',
    as: 'SystemCallFilter=',
    says: 'ends with "cannot mount filesystem as slave"',
    breaks: (it) => it !== '',
  },
  {
    key: 'CapabilityBoundingSet',
    as: 'a narrow CapabilityBoundingSet=',
    says: refused,
    breaks: (it) => !it.startsWith('~'),
  },
  {
    key: 'User',
    as: 'User=',
    says: 'says nothing: the unit is active, and serves nothing',
    breaks: (it) => it !== '' && it !== 'root',
  },
];

const kebab = (key: string) => key.replace(/(?<=[a-z])(?=[A-Z])/g, '-').toLowerCase();

const firejailRules = firejailBreaks.map(({ key, as, says, breaks }): ConflictRule => ({
  id: `firejail-${kebab(key)}${key === 'ProtectSystem' ? '-strict' : ''}`,
  title: `Firejail and ${as}`,
  reason: `firejail sets up its own namespaces as root; under ${as} it ${says}, and named does not serve`,
  source: 'measured on Debian 12 with firejail 0.9.72 and systemd 252, one directive at a time',
  proof: 'observed',
  advice: 'keep one of them: Firejail, or the sandbox of systemd',
  between: (a, b) => sameUnit(a, b) && a.mechanism === 'Firejail' && b.owns === key && breaks(b.value),
}));

const layers: ReadonlySet<string> = new Set(['wrapper', 'binary', 'options']);

/** All rules, in one place. Of several that hold for one pair, the first is told. */
export const conflictRules: readonly ConflictRule[] = [
  ...pairRules,
  ...firejailRules,
  {
    id: 'foreign-exec-start',
    title: 'two owners of ExecStart',
    reason:
      'ExecStart decides how the unit starts named; the last drop-in in sort order silently replaces what the other one set up',
    source: 'systemd.service(5): an empty ExecStart= resets the list; measured with systemd 252',
    proof: 'observed',
    advice: 'let one of them set ExecStart, and remove the other',
    between: (a, b) =>
      sameUnit(a, b) && a.owns === 'ExecStart' && (b.owns === 'ExecStart' || layers.has(b.owns)),
  },
  {
    id: 'named-runs-elsewhere',
    title: 'a mechanism of one unit, and named in another',
    reason: 'nothing that is done to this unit confines the server that answers',
    source: 'a unit made by hand beside named.service, tried on Debian 12',
    proof: 'observed',
    advice:
      'name that unit in the task ("unit: …"); or stop and disable it, and have this one run named again',
    between: (a, b) => a.unit !== undefined && a.unit === b.unit && b.owns === 'elsewhere',
  },
  {
    id: 'apparmor-profile-root-start',
    title: 'AppArmorProfile= and a start as root',
    reason:
      'AppArmorProfile= also confines rndc, which from a root start may not read its key: reload and stop fail',
    source:
      'measured on Debian 12: apparmor="DENIED" operation="capable" profile="named" comm="rndc" capname="dac_read_search"',
    proof: 'observed',
    advice: 'start as User=bind, as systemd_sandbox with tier: maximum does; or use aa-exec (apparmor_exec)',
    between: (a, b) =>
      sameUnit(a, b) && a.owns === 'AppArmorProfile' && b.owns === 'User' && /^(root|0|)$/.test(b.value),
  },
  {
    id: 'one-layer-each',
    title: 'two tasks that set one layer of how named starts',
    reason: 'ExecStart is put together from layers (wrapper, binary, options), each given once',
    source: 'design: one owner for one thing',
    proof: 'documented',
    advice: 'leave one of the two tasks out',
    between: (a, b) =>
      sameUnit(a, b) && layers.has(a.owns) && a.owns === b.owns && a.mechanism === b.mechanism,
  },
  {
    id: 'one-filter-of-system-calls',
    title: 'two owners of SystemCallFilter',
    reason: 'the lists of several drop-ins merge into one that nobody declared',
    source: 'systemd.exec(5), SystemCallFilter=: lists of several lines are merged',
    proof: 'documented',
    advice: 'keep one filter, or reset the list first with an empty value in the later drop-in',
    between: (a, b) => sameUnit(a, b) && a.owns === 'SystemCallFilter' && b.owns === 'SystemCallFilter',
  },
  {
    id: 'one-owner-of-a-file',
    title: 'two tasks that write one file',
    reason: 'each run would write the file twice, and the last task would always win',
    source: 'design: one owner for one thing',
    proof: 'documented',
    advice: 'merge the two tasks, or give one of them another file name',
    between: (a, b) => a.owns === 'file' && b.owns === 'file' && a.value === b.value,
  },
];

/** A claim and who makes it: a task, or something the host has. */
export interface Claimed<By> {
  readonly claim: Claim;
  readonly by: By;
}

export interface Conflict<A, B = A> {
  readonly rule: ConflictRule;
  readonly a: Claimed<A>;
  readonly b: Claimed<B>;
}

/** Conflicts between two sets of claims: of each two makers, the first rule that holds. */
export function conflictsBetween<A, B>(
  as: readonly Claimed<A>[],
  bs: readonly Claimed<B>[],
): Conflict<A, B>[] {
  const found = new Map<A, Map<B, Conflict<A, B>>>();
  for (const rule of conflictRules)
    for (const a of as)
      for (const b of bs) {
        if (!rule.between(a.claim, b.claim) && !rule.between(b.claim, a.claim)) continue;
        const others = found.get(a.by) ?? new Map<B, Conflict<A, B>>();
        found.set(a.by, others);
        if (!others.has(b.by)) others.set(b.by, { rule, a, b });
      }
  return [...found.values()].flatMap((it) => [...it.values()]);
}

/** Conflicts within one set of claims, of each two makers once; claims of one maker never conflict. */
export function conflictsWithin<A>(claims: readonly Claimed<A>[]): Conflict<A>[] {
  const makers = [...new Set(claims.map((it) => it.by))];
  return makers.flatMap((maker, i) => {
    const later = new Set(makers.slice(i + 1));
    return conflictsBetween(
      claims.filter((it) => it.by === maker),
      claims.filter((it) => later.has(it.by)),
    );
  });
}
