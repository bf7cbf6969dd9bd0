import type { RunningNamed } from '../observe/host.ts';
import { isUnitFile, type Unit, type UnitPart } from '../resources/unit.ts';
import { parseUnitFile } from '../resources/unit-file.ts';
import { mechanismClaim, settingClaim } from './claims.ts';
import { firejailBreaks, type Claimed } from './conflicts.ts';

/** Settings that bear on a rule. */
const told: ReadonlySet<string> = new Set([
  ...firejailBreaks.map((it) => it.key),
  'AppArmorProfile',
  'SELinuxContext',
]);

/**
 * What a unit on the host claims by files that confine does not own. A unit's own file that plainly starts named
 * is no claim on ExecStart: that is what drop-ins are for. An environment file may ask for a chroot.
 * @param owned paths that tasks of this playbook write
 */
export function hostClaims(unit: Unit, owned: ReadonlySet<string>): Claimed<string>[] {
  const parts = unit.parts.filter((part) => !owned.has(part.path));
  const claims = parts.flatMap((part) => {
    if (!isUnitFile(part)) return chrootOf(unit.name, part);
    const whole = part.path.endsWith('.service');
    return parseUnitFile(part.content)
      .filter((it) => it.section === 'Service' && it.value !== '')
      .map((it) => ({
        claim: settingClaim(unit.name, it.key, it.value),
        by: `${part.path}:${it.line} (${it.key}=${it.value})`,
      }))
      .filter(
        ({ claim }) =>
          told.has(claim.owns) || (claim.owns === 'ExecStart' && !(whole && claim.mechanism === 'unit')),
      );
  });
  return [...claims, ...rootStart(unit, parts)];
}

/** A unit that nobody gives a user to starts as root. */
function rootStart(unit: Unit, parts: readonly UnitPart[]): Claimed<string>[] {
  const user = parts
    .filter(isUnitFile)
    .flatMap((part) => parseUnitFile(part.content))
    .findLast((it) => it.section === 'Service' && it.key === 'User')?.value;
  return (user ?? '') === ''
    ? [{ claim: settingClaim(unit.name, 'User', ''), by: `${unit.name} (no User=, so it starts as root)` }]
    : [];
}

/**
 * A unit that is to start named, while the server that answers is another unit's: whatever is done to the first
 * would confine nothing, and to start it would take the ports.
 */
export function elsewhereClaims(units: readonly Unit[], running: readonly RunningNamed[]): Claimed<string>[] {
  const known = new Set<string>(units.map((it) => it.name));
  const others = running.filter((it) => it.unit !== '' && !known.has(it.unit));
  const [other] = others;
  if (!other) return [];
  return units
    .filter((it) => startsNamed(it) && !running.some(({ unit }) => unit === it.name))
    .map((it) => ({
      claim: { mechanism: 'unit', unit: it.name, owns: 'elsewhere', value: other.unit },
      by: `named running in ${other.unit} (PID ${other.pid})`,
    }));
}

const startsNamed = ({ parts }: Unit): boolean =>
  parts
    .filter(isUnitFile)
    .flatMap((part) => parseUnitFile(part.content))
    .some((it) => it.key === 'ExecStart' && /\/named(\s|$)/.test(it.value));

/** What the kernel's own list of security modules (/sys/kernel/security/lsm) claims. */
export const lsmClaims = (lsm: readonly string[]): Claimed<string>[] =>
  lsm.includes('selinux')
    ? [{ claim: mechanismClaim(undefined, 'SELinux'), by: `/sys/kernel/security/lsm (${lsm.join(',')})` }]
    : [];

const chrootOf = (unit: string, part: { readonly path: string; readonly content: string }) =>
  part.content.split('\n').flatMap((line, i) => {
    const found = /^\s*OPTIONS=.*\s-t\s*[^\s"']+/.test(line);
    return found
      ? [{ claim: mechanismClaim(unit, 'chroot'), by: `${part.path}:${i + 1} (${line.trim()})` }]
      : [];
  });
