import type { ProfileName } from '../../src/brand.ts';
import type { LabHandle } from '../../src/lab/hosts.ts';
import { parseState, type StateFile } from '../../src/rollout/state.ts';
import type { RolloutState } from '../../src/rollout/types.ts';
import { on } from './lab.ts';

/** A state of a rollout, as a controller would have written it. */
export const stateFile = (more: Partial<RolloutState> = {}): StateFile => ({
  state: {
    version: 1,
    id: 'r1',
    name: 'Test',
    generation: 1,
    stage: 'soaking',
    paused: undefined,
    profile: 'named' as ProfileName,
    policy: 'aa',
    since: 1000,
    soaked: 0,
    last: { boot: 'b', uptime: 5, invocation: 'i', at: 1000 },
    cursor: { boot: 'b', time: 1, serial: 2, line: 3 },
    exercised: [],
    reason: undefined,
    ...more,
  },
  counts: {},
});

/** The state that a host has now; undefined where it has none, or where it can't be read. */
export const stateOf = async (host: Pick<LabHandle, 'run'>): Promise<RolloutState | undefined> =>
  parseState((await host.run('cat /var/lib/confine/rollout')).stdout)?.state;

/** Whether anything still watches the host: the unit, its link, or what systemd knows of it. */
export const watches = async (host: Pick<LabHandle, 'run'>): Promise<string> =>
  on(
    host,
    "find /etc/systemd/system -name 'confine-watch*' | sort; systemctl show -p ActiveState --value confine-watch.service",
  );
