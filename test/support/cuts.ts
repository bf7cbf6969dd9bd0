import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { MachineHandle } from '../../src/lab/hosts.ts';
import { playbook, startConfine } from './confine.ts';
import { labInventory } from './lab.ts';
import { exposed, life, type Pull, type Pulls, pullsDuring, recovered, type Recovered } from './power.ts';

const rules = ['/srv/bind/zones/ r,', '/srv/bind/zones/** r,'];
const enforce = { apparmor_mode: { profile: 'named', mode: 'enforce' } };
const dropIn = (Service: Readonly<Record<string, unknown>>) => ({
  systemd_dropin: { unit: 'named.service', name: '50-confine', settings: { Service } },
});
/** A file changed, a link removed, a file and its folder made, a profile loaded, a restart. */
export const goesThrough = playbook([
  { apparmor_override: { profile: 'named', rules } },
  enforce,
  dropIn({ NoNewPrivileges: true, ProtectHome: 'read-only' }),
]);
/** The rehearsal of the profile goes through, and the drop-in then hides a zone. */
export const isUndone = playbook([
  { apparmor_override: { profile: 'named', rules } },
  enforce,
  dropIn({ InaccessiblePaths: '/srv/bind/zones' }),
]);

const nodes = [
  '/etc/apparmor.d/local/usr.sbin.named',
  '/etc/apparmor.d/force-complain/usr.sbin.named',
  '/etc/systemd/system/named.service.d/50-confine.conf',
];

/** A pull, and what became of its disk at boot. */
export interface Cut extends Pull, Recovered {
  /** All as before, all as planned, or neither. */
  readonly is: 'old' | 'new' | 'torn';
}

/** A run of a playbook in which the plug was pulled again and again. */
export interface CutRun {
  readonly cuts: readonly Cut[];
  /** How named lived before it, and after it. */
  readonly life: Readonly<Record<'old' | 'new', string>>;
}

const folder = mkdtempSync(join(tmpdir(), 'confine-power-'));

/** Applies a playbook, pulls the plug meanwhile, and has each disk recovered. The disks stay for a boot. */
export async function cutRun(
  host: MachineHandle,
  book: string,
  pulls: Pulls,
  prepare: (host: MachineHandle) => Promise<unknown> = async () => {},
): Promise<CutRun> {
  const at = (name: string) => join(folder, `${name}-${pulls.seed}.qcow2`);
  const live = await exposed(host, at('live'));
  await prepare(host);
  const look = (disk: string) => recovered(disk, folder, nodes);
  const before = await life(host);
  await host.copyDisk(live, at('before'));
  const running = startConfine(['apply', book, '-i', labInventory(), '-l', 'ns1', '--yes', '--json']);
  const pulled = await pullsDuring(host, live, running, folder, pulls);
  const after = await life(host);
  await host.run('find / -xdev -type f -exec sync {} +; /usr/bin/sync');
  await host.copyDisk(live, at('after'));
  const [old, planned] = [look(at('before')).state, look(at('after')).state];
  const cuts = pulled.map((pull): Cut => {
    const seen = look(pull.disk);
    const is = seen.state === old ? 'old' : seen.state === planned ? 'new' : 'torn';
    return { ...pull, ...seen, is };
  });
  return { cuts, life: { old: before, new: after } };
}

/** Cuts that are booted, too: the last of each phase. */
export const forBoot = (cuts: readonly Cut[]): readonly Cut[] =>
  cuts.filter((cut) => cut === cuts.findLast(({ phase }) => phase === cut.phase));

/** What is wrong with a cut: a host lost, a torn file, a wrong outcome, something left behind; nothing, mostly. */
export function faultsOf(cut: Cut): readonly string[] {
  const { is, outcome, phase, armed, left } = cut;
  const where = `at ${cut.at.toFixed(1)} s, ${phase}, step ${cut.step}`;
  const faults = [];
  if (is === 'torn') faults.push(`${where}: neither old nor new: ${cut.state}`);
  const truths = is === 'new' ? ['committed'] : ['undone', 'refused', 'none'];
  if (!truths.includes(outcome)) faults.push(`${where}: ${is}, and the host says ${outcome}`);
  // Before anything can have been touched, the journal itself waits for the next contact.
  const early = !armed && ['none', 'checking'].includes(phase);
  const journal = /^\d{8}T\d{6}Z-|confine-recover\.service$|\/recover\.sh$/;
  const behind = left.filter((it) => !early || !journal.test(it));
  if (behind.length > 0) faults.push(`${where}: left behind: ${behind.join(', ')}`);
  return faults;
}

/** How many cuts there were, by what `of` tells of one, in the order in which they came. */
export function counted(cuts: readonly Cut[], of: (cut: Cut) => string): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const cut of cuts) counts[of(cut)] = (counts[of(cut)] ?? 0) + 1;
  return counts;
}
