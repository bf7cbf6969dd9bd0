import type { Member } from '../events.ts';
import type { HostTasks } from '../playbook/types.ts';
import { wavesOf } from '../rollout/waves.ts';
import type { Reachable } from './targets.ts';

type Known = Pick<Reachable, 'host' | 'vars'> & Partial<Pick<HostTasks, 'rollout'>>;

/**
 * What the inventory and the playbooks say of the hosts of a run.
 * @param whole the hosts are all that the playbooks name: shares of a part of them would be other waves
 */
export function membersOf(hosts: readonly Known[], whole: boolean): readonly Member[] {
  const placed = hosts.map((it) => ({ ...it, groups: groupsOf(it) }));
  const specs = new Set(hosts.flatMap(({ rollout }) => rollout?.spec ?? []));
  const waves = new Map(
    [...specs].flatMap((spec) => [
      ...wavesOf(
        spec,
        placed.filter(({ rollout }) => rollout?.spec === spec),
      ),
    ]),
  );
  return placed.map(({ host, vars, groups, rollout }): Member => {
    const wave = whole ? waves.get(host) : undefined;
    const at = vars.at('inventory_hostname');
    return {
      host,
      groups,
      at: at?.file.endsWith(',') ? undefined : at,
      rollout: rollout && wave !== undefined ? { name: rollout.spec.name, wave } : undefined,
    };
  });
}

function groupsOf({ vars }: Known): readonly string[] {
  const names = vars.get('group_names');
  return Array.isArray(names) ? names.filter((it) => typeof it === 'string') : [];
}
