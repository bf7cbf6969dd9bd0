import type { HostName } from '../brand.ts';
import type { RolloutHost, RolloutSpec, Wave } from './types.ts';

type Placed = Pick<RolloutHost, 'host' | 'groups'>;

/**
 * The wave of each host, counted from 0: the first one that names it. Numbers and percentages count from the first
 * host on, so each of them holds those before it: `[1, 25%, 100%]` is the first host, then up to a quarter, then all.
 * @param hosts all hosts of the play, in their order; one that no wave names is not in the answer
 */
export function wavesOf(
  { waves }: Pick<RolloutSpec, 'waves'>,
  hosts: readonly Placed[],
): ReadonlyMap<HostName, number> {
  const of = new Map<HostName, number>();
  for (const [wave, it] of waves.entries())
    for (const { host } of named(it, hosts)) if (!of.has(host)) of.set(host, wave);
  return of;
}

/** A wave as its playbook writes it. */
export const waveText = (it: Wave): string =>
  it.is === 'group' ? it.group : it.is === 'hosts' ? String(it.hosts) : `${it.percent}%`;

function named(wave: Wave, hosts: readonly Placed[]): readonly Placed[] {
  switch (wave.is) {
    case 'group':
      return hosts.filter(({ groups }) => wave.group === 'all' || groups.includes(wave.group));
    case 'hosts':
      return hosts.slice(0, wave.hosts);
    case 'percent':
      return hosts.slice(0, Math.max(1, Math.floor((wave.percent * hosts.length) / 100)));
  }
}
