import { dump } from 'js-yaml';
import { readFileSync } from 'node:fs';
import type { ContainerHandle } from '../../src/lab/hosts.ts';
import { confine, playbook, scratch, type Ran } from './confine.ts';
import { labInventory, on } from './lab.ts';
import { spread } from './spread.ts';

/**
 * Desired states of a host, by number. Each is of two files and a restart, and the running named tells by its umask
 * which of them it was started with.
 */
export const states = [0, 1, 2, 3, 4, 5] as const;
export type State = (typeof states)[number];

const umask = (state: State) => `00${state + 2}7`;
const core = (state: State) => `${state + 1}M`;

/** The playbook that declares a state. */
export function bookOf(state: State): string {
  const dropIn = (name: string, Service: Readonly<Record<string, unknown>>) => ({
    systemd_dropin: { unit: 'named.service', name, settings: { Service } },
  });
  return playbook([
    dropIn('50-confine', { NoNewPrivileges: true, UMask: umask(state) }),
    dropIn('60-more', { LimitCORE: core(state) }),
    { service: { unit: 'named.service', enabled: true, state: 'running' } },
  ]);
}

/** Brings a host to a state, undisturbed. */
export async function bring(host: ContainerHandle, state: State): Promise<void> {
  const { code, stderr } = await confine(['apply', bookOf(state), ...hosted(host)]);
  if (code !== 0) throw new Error(`${host.name} did not come to state ${state}: exit ${code}: ${stderr}`);
}

const hosted = (host: ContainerHandle) => ['-i', labInventory(), '-l', host.name, '--yes'];

/** A transaction as its folder on the host tells of it. */
export interface Kept {
  readonly id: string;
  readonly phase: string;
  readonly outcome: string;
  /** Whether somebody was told of it. */
  readonly told: boolean;
}

/** What became of a host, read on the host itself. */
export interface Rest {
  /** The state that both files and the running named have; `mixed` where they differ. */
  readonly state: State | 'mixed';
  /** The serial of the zone; empty where DNS does not answer. */
  readonly serial: string;
  readonly lock: string;
  /** What confine may have there only while a transaction is open. */
  readonly leftovers: readonly string[];
  readonly kept: readonly Kept[];
  /** Seconds until the host had come to rest, beginning with the question. */
  readonly seconds: number;
}

const drop = '/etc/systemd/system/named.service.d';

/** At rest: no unit of confine, no transaction in the middle; half a second later, too. */
const rest = `
busy() {
  systemctl list-units --all --plain --no-legend 'confine-*' | grep -q . && return
  cat /var/lib/confine/transactions/*/phase 2>/dev/null | grep -qvE '^(committed|undone|refused|locked|closed)$'
}
calm=0
for _ in $(seq 240); do
  if busy; then calm=0; else calm=$((calm + 1)); fi
  [ $calm -lt 3 ] || break
  sleep 0.25
done
[ $calm -ge 3 ] || echo 'left never at rest'
echo "file $(sed -n 's/^UMask=//p' ${drop}/50-confine.conf)"
echo "other $(sed -n 's/^LimitCORE=//p' ${drop}/60-more.conf)"
echo "running $(sed -n 's/^Umask:.//p' "/proc/$(systemctl show -p MainPID --value named)/status")"
echo "serial $(dig +norec +short +time=2 +tries=2 @127.0.0.1 example.test SOA | awk '{ print $3 }')"
flock -n /run/confine.lock true && echo 'lock free' || echo 'lock held'
ls -d /etc/systemd/system/.confine-* ${drop}/.confine-* /etc/systemd/system/confine-* /etc/systemd/system/*/confine-* \\
  /var/lib/confine/recover.sh /run/confine /var/lib/confine/transactions/*/new /var/lib/confine/transactions/*/reserve \\
  2>/dev/null | sed 's/^/left /'
for folder in /var/lib/confine/transactions/*; do
  [ -d "$folder" ] || continue
  [ -e "$folder/phase" ] && [ -e "$folder/outcome" ] || { echo "left $folder"; continue; }
  echo "kept \${folder##*/} $(cat "$folder/phase") $(head -n 1 "$folder/outcome" | cut -f 2) $([ ! -e "$folder/told" ] || echo told)"
done`;

/** Waits for a host to come to rest by itself, a minute at most, and looks at it. */
export async function atRest(host: ContainerHandle): Promise<Rest> {
  const began = performance.now();
  const lines = (await on(host, rest)).split('\n');
  const seconds = (performance.now() - began) / 1000;
  const all = (key: string) =>
    lines.flatMap((it) => (it.startsWith(`${key} `) ? [it.slice(key.length + 1)] : []));
  const one = (key: string) => all(key)[0]?.trim() ?? '';
  const state = states.find(
    (it) => one('file') === umask(it) && one('other') === core(it) && one('running') === umask(it),
  );
  return {
    state: state ?? 'mixed',
    serial: one('serial'),
    lock: one('lock'),
    leftovers: all('left'),
    kept: all('kept').map((it) => {
      const [id = '', phase = '', outcome = '', told] = it.split(' ');
      return { id, phase, outcome, told: told === 'told' };
    }),
    seconds,
  };
}

/**
 * Does things on several hosts at once, one after the other on each. Each begins with a host in one of two states, and
 * is to leave it in the other.
 */
export async function inTurns<T, R>(
  hosts: readonly ContainerHandle[],
  things: readonly T[],
  turn: (host: ContainerHandle, thing: T, from: State, to: State) => Promise<R>,
): Promise<readonly R[]> {
  const at = new Map<ContainerHandle, [State, State]>(hosts.map((host) => [host, [0, 1]]));
  await Promise.all(hosts.map((host) => bring(host, 0)));
  return spread(hosts, things, async (host, thing) => {
    const [from, to] = at.get(host) ?? [0, 1];
    at.set(host, [to, from]);
    return turn(host, thing, from, to);
  });
}

/** What is wrong with a host at rest, whatever happened to it. */
export const unsound = ({ state, serial, lock, leftovers, kept }: Rest): readonly string[] => [
  ...(state === 'mixed' ? ['its files and its named are not of one plan'] : []),
  ...(serial === '' ? ['DNS does not answer'] : []),
  ...(lock === 'free' ? [] : ['the lock is held']),
  ...leftovers.map((it) => `left over: ${it}`),
  ...kept.flatMap(({ id, phase, outcome }) =>
    phase === outcome || (phase === 'undone' && outcome === 'unhealthy')
      ? []
      : [`${id} is ${phase} and ${outcome}`],
  ),
];

/**
 * What a run said that is not so.
 * @param from the state before it
 * @param to the state that it asked for
 */
export function untrue(ran: Ran, from: State, to: State, then: Rest): readonly string[] {
  const said = `exit ${ran.code}: ${ran.stderr.trim().split('\n').slice(-3).join(' / ')}`;
  const lie = (what: string) => [`${what}, but it said ${said}`];
  const says = (text: string) => ran.stderr.includes(text);
  switch (ran.code) {
    case 0:
      return then.state === to && says('changed, DNS answers')
        ? []
        : lie(`the host is in state ${then.state}`);
    case 4:
      if (says('changed, DNS answers') || says(': undone')) return lie('its end was not known');
      if (then.kept.some(({ told }) => !told) !== (then.state === to && from !== to))
        return lie('nobody was told');
      // Unreachable is a host that was not touched; of another it is said that its end is not known.
      return says('how it ended is not known') || then.state === from ? [] : lie('the host was changed');
    case 2:
    case 7:
    case 8:
      return then.state === from && !says('changed, DNS answers')
        ? []
        : lie(`the host is in state ${then.state}`);
    default:
      return lie('no end that is foreseen');
  }
}

/** Applies a state, undisturbed: it gets there, and says how every transaction ended of which nobody was told. */
export async function nextApply(host: ContainerHandle, to: State, before: Rest): Promise<readonly string[]> {
  const ran = await confine(['apply', bookOf(to), ...hosted(host)]);
  const then = await atRest(host);
  const untold = before.kept.filter(({ told }) => !told);
  const earlier = ran.stderr.split('\n').filter((it) => it.includes('an earlier run'));
  return [
    ...(ran.code === 0 && then.state === to
      ? []
      : [`the next apply: exit ${ran.code}, state ${then.state}: ${ran.stderr}`]),
    ...unsound(then).map((it) => `after the next apply: ${it}`),
    ...then.kept.flatMap(({ id, told }) =>
      told ? [] : [`the next apply does not note that ${id} was told`],
    ),
    ...untold.flatMap(({ id, outcome }) =>
      earlier.some((it) => it.includes(id) && it.includes(`: ${words[outcome] ?? outcome}`))
        ? []
        : [`the next apply does not say that ${id} was ${outcome}`],
    ),
    ...(earlier.length > untold.length ? [`the next apply tells what was told: ${earlier.join(' / ')}`] : []),
  ];
}

const words: Readonly<Record<string, string>> = {
  committed: 'changed, DNS answers',
  undone: 'undone, DNS answers',
};

/** An inventory of one host, reached at a port of 127.0.0.1. */
export function inventoryAt(host: ContainerHandle, port: number): string {
  const { knownHosts, key, user } = host.access;
  const keyOf = readFileSync(knownHosts, 'utf8')
    .split('\n')
    .find((it) => it.startsWith(`${host.access.address} `));
  const known = scratch('known_hosts', `[127.0.0.1]:${port} ${keyOf?.split(' ').slice(1).join(' ')}\n`);
  return scratch(
    'inventory.yml',
    dump({
      all: {
        hosts: {
          [host.name]: {
            ansible_host: '127.0.0.1',
            ansible_port: port,
            ansible_user: user,
            ansible_ssh_private_key_file: key,
            confine_known_hosts: known,
          },
        },
      },
    }),
  );
}
