import type { MachineHandle } from '../../src/lab/hosts.ts';
import { confine, playbook, type Ran } from './confine.ts';
import { labInventory, on } from './lab.ts';

const rules = ['/srv/bind/zones/ r,', '/srv/bind/zones/** r,'];

/** What is there to be relaxed. */
export const confined = playbook([
  { apparmor_override: { profile: 'named', rules } },
  { apparmor_mode: { profile: 'named', mode: 'enforce' } },
  { seccomp: {} },
]);

/** Relaxes the lab's first machine, without asking. */
export const relax = (...more: readonly string[]): Promise<Ran> =>
  confine(['relax', 'ns1', '-i', labInventory(), '--yes', ...more]);

/** Waits until the host has put back what was relaxed, by its own timer: two minutes at most. */
export const putBack = (host: MachineHandle): Promise<string> =>
  on(
    host,
    'n=0; until [ ! -e /var/lib/confine/holds ]; do n=$((n + 1)); [ $n -lt 120 ] || exit 1; sleep 1; done',
  );
