import type { LabHandle } from '../../src/lab/hosts.ts';
import { confine, playbook, type Ran, type Running, startConfine } from './confine.ts';
import { labInventory, on, tree } from './lab.ts';

const folder = '/etc/systemd/system/named.service.d';
const dropIn = (Service: object) => ({
  systemd_dropin: { unit: 'named.service', name: '50-confine', settings: { Service } },
});

/** Plans for a container: a file changed, one and its folder made, a unit disabled, a restart. */
export const plans = {
  goesThrough: playbook([
    { systemd_dropin: { unit: 'named.service', name: '10-old', settings: { Service: { UMask: '0077' } } } },
    dropIn({ NoNewPrivileges: true, ProtectHome: 'read-only' }),
    { service: { unit: 'named.service', enabled: false } },
  ]),
  /** The same with named enabled, so that a boot brings it up. */
  keepsIt: playbook([
    { systemd_dropin: { unit: 'named.service', name: '10-old', settings: { Service: { UMask: '0077' } } } },
    dropIn({ NoNewPrivileges: true, ProtectHome: 'read-only' }),
  ]),
  isUndone: playbook([
    { systemd_dropin: { unit: 'named.service', name: '10-old', settings: { Service: { UMask: '0077' } } } },
    dropIn({ InaccessiblePaths: '/srv/bind/zones' }),
    { service: { unit: 'named.service', enabled: false } },
  ]),
} as const;

/** A container as it is before such a plan. */
export const afresh = (host: LabHandle): Promise<string> =>
  on(
    host,
    `rm -rf ${folder} /var/lib/confine/* && mkdir ${folder} && printf '[Service]\\nUMask=0027\\n' >${folder}/10-old.conf &&
     systemctl --quiet enable named && systemctl daemon-reload && systemctl restart named`,
  );

const args = (host: LabHandle, book: string, ...more: readonly string[]) => [
  'apply',
  book,
  '-i',
  labInventory(),
  '-l',
  host.name,
  '--yes',
  ...more,
];
export const apply = (host: LabHandle, book: string, ...more: readonly string[]): Promise<Ran> =>
  confine(args(host, book, ...more));
export const startApply = (host: LabHandle, book: string): Running =>
  startConfine(args(host, book, '--json'));

const seen = `${tree('/etc')}; systemctl is-enabled named; systemctl show -p NeedDaemonReload -p UMask -p NoNewPrivileges named
  sed -n '/^NoNewPrivs/p; /^Umask/p' /proc/$(systemctl show -p MainPID --value named)/status
  for zone in example.test good.test; do dig +norec +short +time=2 +tries=1 @127.0.0.1 $zone SOA; done`;

/** All that a plan changes, and how named lives with it. */
export const state = (host: LabHandle): Promise<string> => on(host, seen);

/** How a transaction ended on its host, once it is over there. */
export interface End {
  readonly state: string;
  /** The word of the newest outcome; `none` where there is none. */
  readonly outcome: string;
  /** Files and units that should be gone. */
  readonly left: readonly string[];
}

/** Waits until no supervisor runs on the host, nor anybody's session that may yet start one, and looks. */
export async function endOf(host: LabHandle): Promise<End> {
  const said = await on(
    host,
    `n=0
     while systemctl list-units --no-legend --all 'confine-*-*.service' | grep -q . || [ "$(pgrep -c -f '^sshd: [a-z]*@notty')" -gt 1 ]; do
       n=$((n + 1)); [ $n -lt 800 ] || exit 1; sleep 0.25
     done
     cat /var/lib/confine/transactions/*/outcome 2>/dev/null | sed -n 's/^outcome.//p'; echo @
     find / -xdev '(' -name '.confine-*' -o -name 'confine-*.service' -o -name recover.sh ')' ! -path '/proc/*'
     for it in /var/lib/confine/transactions/*; do
       for file in new stage units reserve phase.new outcome.new; do [ ! -e "$it/$file" ] || echo "$it/$file"; done
     done; echo @
     ${seen}`,
  );
  const [outcome = '', left = '', state = ''] = said.split(/^@$/m).map((it) => it.trim());
  return { state, outcome: outcome || 'none', left: left.split('\n').filter(Boolean) };
}

/** What a controller may say of an outcome: its exit code. */
const exits: Readonly<Record<string, readonly number[]>> = {
  committed: [0],
  undone: [7],
  refused: [2],
  none: [2],
  unhealthy: [11],
};

/** What is wrong with how a plan ended: torn, a wrong outcome, a lie of the controller, leftovers. */
export function wrong(
  where: string,
  end: End,
  states: Readonly<Record<'old' | 'new', string>>,
  code: number | null | 'gone',
): readonly string[] {
  const faults = [];
  const is = end.state === states.old ? 'old' : end.state === states.new ? 'new' : 'torn';
  // What could not be put back is no fault, so long as it is said.
  if (is === 'torn' && end.outcome !== 'unhealthy')
    faults.push(`${where}: neither old nor new:\n${end.state}\nold:\n${states.old}`);
  if ((end.outcome === 'committed') !== (is === 'new'))
    faults.push(`${where}: ${is}, and the host says ${end.outcome}`);
  if (code !== 'gone' && !exits[end.outcome]?.includes(code ?? -1))
    faults.push(`${where}: the host says ${end.outcome}, and the controller exits ${code}`);
  if (end.left.length > 0) faults.push(`${where}: left behind: ${end.left.join(', ')}`);
  return faults;
}
