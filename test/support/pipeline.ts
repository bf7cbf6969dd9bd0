import { dump } from 'js-yaml';
import type { LabHandle } from '../../src/lab/hosts.ts';
import { formatState, statePath } from '../../src/rollout/state.ts';
import { on } from './lab.ts';
import { stateFile } from './rollout.ts';

/** The drop-in that the playbook of a pipeline writes. */
const dropIn = '/etc/systemd/system/named.service.d/50-confine.conf';

const play = (name: string, more: object) => ({ name, hosts: 'nameservers', become: true, ...more });

/** A playbook that sandboxes the unit by these settings; its one task stands on line 6. */
export const bookOf = (settings: Readonly<Record<string, string>>): string =>
  dump([
    play('Confine BIND', {
      tasks: [
        {
          name: 'Sandbox the unit',
          systemd_dropin: {
            unit: 'named.service',
            name: '50-confine',
            settings: { Service: { NoNewPrivileges: true, ...settings } },
          },
        },
      ],
    }),
  ]);

/** A playbook that a host is in sync with as it comes; `disable` and `enable` are what somebody does by hand. */
export const servicePlay = dump([
  play('BIND', {
    tasks: [
      { name: 'It comes with a boot', service: { unit: 'named.service', enabled: true, state: 'running' } },
    ],
  }),
]);

/** A playbook with a rollout. */
export const rolloutPlay = dump([
  play('Enforce', {
    rollout: { waves: ['100%'], soak: '1h' },
    tasks: [{ name: 'Enforce', apparmor_mode: { profile: 'named', mode: 'enforce' } }],
  }),
]);

/** Has a host stand at this stage of that rollout. */
export const standsAt = (host: LabHandle, stage: 'soaking' | 'back') =>
  host.run(
    `mkdir -p /var/lib/confine; cat >${statePath}`,
    formatState(stateFile({ name: 'Enforce', stage })),
  );

/** Somebody writes the drop-in themselves, and restarts named. */
export const byHand = (host: LabHandle, setting: string): Promise<string> =>
  on(
    host,
    `mkdir -p ${dropIn.replace(/\/[^/]*$/, '')} && printf '[Service]\\n%s\\n' '${setting}' >${dropIn} && systemctl daemon-reload && systemctl restart named`,
  );

/** The file mode mask that named runs with. */
export const umask = (host: LabHandle): Promise<string> =>
  on(host, 'sed -n "s/^Umask:\\t//p" /proc/$(systemctl show -p MainPID --value named)/status');
