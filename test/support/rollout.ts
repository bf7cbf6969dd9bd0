import { dump } from 'js-yaml';
import type { ProfileName } from '../../src/brand.ts';
import type { LabHandle } from '../../src/lab/hosts.ts';
import { parseState, type StateFile } from '../../src/rollout/state.ts';
import type { RolloutState } from '../../src/rollout/types.ts';
import { confine, scratch, type Ran } from './confine.ts';
import { labInventory, on } from './lab.ts';

/** A playbook of one play with a rollout that leads to an enforcing named, behind these other tasks. */
export const rolloutBook = (
  rollout: Readonly<Record<string, unknown>>,
  tasks: readonly Readonly<Record<string, unknown>>[] = [],
  hosts = 'all',
): string =>
  scratch(
    'rollout.yml',
    dump([
      {
        name: 'Enforce',
        hosts,
        become: true,
        rollout,
        tasks: [...tasks, { apparmor_mode: { profile: 'named', mode: 'enforce' } }].map((it, i) => ({
          name: `task ${i + 1}`,
          ...it,
        })),
      },
    ]),
  );

/** Runs `confine rollout` on the lab's hosts that the playbook names, without asking. */
export const rollout = (
  action: 'start' | 'advance' | 'pause' | 'abort' | 'status',
  book: string,
  ...more: readonly string[]
): Promise<Ran> => confine([...rolloutArgs(action, book), ...more]);

export const rolloutArgs = (action: string, book: string): readonly string[] => [
  'rollout',
  action,
  book,
  '-i',
  labInventory(),
  ...(action === 'status' ? [] : ['--yes']),
];

/** Has named do what every gate wants to have seen: queries over UDP and TCP, a restart, a reload, a transfer. */
export const exercise = (host: Pick<LabHandle, 'run'>, zone = 'example.test'): Promise<string> =>
  on(
    host,
    `systemctl restart named && until dig +short +tries=1 @127.0.0.1 ${zone} SOA | grep -q .; do sleep 0.5; done
was=$(date +%s); until [ "$(date +%s)" -gt "$was" ]; do sleep 0.1; done
rndc reload && dig +tcp +short @127.0.0.1 ${zone} SOA && dig @127.0.0.1 ${zone} AXFR | grep -q SOA`,
  );

/** A state of a rollout, as a controller would have written it. */
export const stateFile = (more: Partial<RolloutState> = {}): StateFile => ({
  state: {
    version: 1,
    id: 'r1',
    name: 'Test',
    generation: 1,
    stage: 'soaking',
    paused: undefined,
    claim: undefined,
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
