import type { Unit } from '../resources/unit.ts';
import { parseUnitFile } from '../resources/unit-file.ts';
import { settingClaim, type Claim } from './claims.ts';

/** A rule that two claims on one host can't both hold. */
export interface ConflictRule {
  readonly id: string;
  readonly title: string;
  readonly reason: string;
  readonly source: string;
  readonly proof: 'observed' | 'documented';
  readonly advice: string;
  /** Whether these two claims, in this order, conflict. Each pair is tried both ways. */
  readonly between: (a: Claim, b: Claim) => boolean;
}

const sameUnit = (a: Claim, b: Claim) => a.unit !== undefined && a.unit === b.unit;

/** All rules, in one place. */
export const conflictRules: readonly ConflictRule[] = [
  {
    id: 'firejail-protect-system-strict',
    title: 'Firejail and ProtectSystem=strict',
    reason:
      'firejail sets up its own mount namespace as root; under ProtectSystem=strict it cannot even create /run/firejail/profile/PID, and named never starts',
    source:
      'measured on Debian 12 with firejail 0.9.72 and systemd 252: "Error: cannot create /run/firejail/profile/…"',
    proof: 'observed',
    advice: 'keep one of them: Firejail, or the sandbox of systemd',
    between: (a, b) =>
      sameUnit(a, b) && a.mechanism === 'Firejail' && b.owns === 'ProtectSystem' && b.value === 'strict',
  },
  {
    id: 'foreign-exec-start',
    title: 'two owners of ExecStart',
    reason:
      'ExecStart decides how the unit starts named; the last drop-in in sort order silently replaces what the other one set up',
    source: 'systemd.service(5): an empty ExecStart= resets the list; measured with systemd 252',
    proof: 'observed',
    advice: 'let one of them set ExecStart, and remove the other',
    between: (a, b) => sameUnit(a, b) && a.owns === 'ExecStart' && b.owns === 'ExecStart',
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

/** All conflicts between two sets of claims. */
export function conflictsBetween<A, B>(
  as: readonly Claimed<A>[],
  bs: readonly Claimed<B>[],
): Conflict<A, B>[] {
  return as.flatMap((a) =>
    bs.flatMap((b) =>
      conflictRules
        .filter((rule) => rule.between(a.claim, b.claim) || rule.between(b.claim, a.claim))
        .map((rule) => ({ rule, a, b })),
    ),
  );
}

/** All conflicts within one set of claims, each pair once; claims of one maker never conflict. */
export function conflictsWithin<A>(claims: readonly Claimed<A>[]): Conflict<A>[] {
  return claims.flatMap((a, i) =>
    conflictsBetween(
      [a],
      claims.slice(i + 1).filter((b) => b.by !== a.by),
    ),
  );
}

/**
 * What a unit on the host claims by files that confine does not own. The vendor's own fragment under /usr
 * or /lib is no claim on ExecStart: that is what drop-ins are for.
 * @param owned paths that tasks of this playbook write
 */
export function hostClaims(unit: Unit, owned: ReadonlySet<string>): Claimed<string>[] {
  return unit.parts
    .filter((part) => !owned.has(part.path) && /\.(service|conf)$/.test(part.path))
    .flatMap((part) => {
      const vendor = /^\/(usr\/)?lib\/systemd\/system\/[^/]+\.service$/.test(part.path);
      return parseUnitFile(part.content)
        .filter((it) => it.section === 'Service' && it.value !== '')
        .filter((it) => it.key === 'ProtectSystem' || (it.key === 'ExecStart' && !vendor))
        .map((it) => ({
          claim: settingClaim(unit.name, it.key, it.value),
          by: `${part.path}:${it.line} (${it.key}=${it.value})`,
        }));
    });
}
