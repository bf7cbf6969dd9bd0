/**
 * The same playbook on the same container fleet with confine and its peers, side by side in one run:
 * `npm run bench`. What counts are the ratios of one run; seconds differ from machine to machine.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { labDown, labUp } from '../src/lab/lab.ts';
import { labPaths } from '../src/lab/paths.ts';
import { folder, inTurns, measure, type Cost } from './turns.ts';

const hosts = Number(process.argv[2] ?? 20);
/** Rounds for what takes a second, and for what takes many. */
const rounds = { quick: 9, slow: 3 } as const;
// A lab of its own: other hosts of somebody's lab would be measured too.
process.env['CONFINE_LAB_DIR'] = join(folder, 'lab');

const dropIns = {
  '50-confine': { NoNewPrivileges: 'yes', ProtectHome: 'read-only', RestrictRealtime: 'yes' },
  '60-limits': { LimitCORE: '0' },
  '70-restart': { Restart: 'on-failure' },
};
const packages = [['bind9', 'bind9-dnsutils'], ['openssh-server']];
const units = ['ssh.service', 'named.service'];

const book = (tasks: readonly unknown[], more = {}) =>
  JSON.stringify([{ name: 'Bench', hosts: 'containers', ...more, tasks }], undefined, 2);

const confineBook = join(folder, 'confine.yml');
writeFileSync(
  confineBook,
  book([
    ...packages.map((names) => ({ package: { names } })),
    ...Object.entries(dropIns).map(([name, Service]) => ({
      systemd_dropin: { unit: 'named.service', name, settings: { Service } },
    })),
    ...units.map((unit) => ({ service: { unit, enabled: true, state: 'running' } })),
  ]),
);

const ansibleBook = join(folder, 'ansible.yml');
const unitFolder = '/etc/systemd/system/named.service.d';
const changed = 'dropins is changed';
writeFileSync(
  ansibleBook,
  book(
    [
      ...packages.map((name) => ({ 'ansible.builtin.apt': { name, state: 'present' } })),
      { 'ansible.builtin.file': { path: unitFolder, state: 'directory', mode: '0755' } },
      ...Object.entries(dropIns).map(([name, settings]) => ({
        'ansible.builtin.copy': {
          dest: `${unitFolder}/${name}.conf`,
          mode: '0644',
          content: `[Service]\n${Object.entries(settings)
            .map((pair) => `${pair.join('=')}\n`)
            .join('')}`,
        },
        // Every fresh host misses all three, so the last one tells.
        register: 'dropins',
      })),
      { 'ansible.builtin.systemd': { name: 'ssh', enabled: true, state: 'started' } },
      {
        'ansible.builtin.systemd': {
          name: 'named',
          enabled: true,
          state: `{{ 'restarted' if ${changed} else 'started' }}`,
          daemon_reload: `{{ ${changed} }}`,
        },
      },
    ],
    { gather_facts: false },
  ),
);

const emit = () => {};
process.stderr.write(`booting ${hosts} containers\n`);
await labUp({ machines: 0, containers: hosts, release: 'bookworm' }, emit);
const { inventory, knownHosts, key } = labPaths();
const ssh = `-F none -o BatchMode=yes -o UserKnownHostsFile=${knownHosts} -o IdentitiesOnly=yes -i ${key}`;
const addresses = join(folder, 'addresses');
const listed = JSON.parse(await output(`node dist/confine.js inventory -i ${inventory} --list`)) as {
  readonly _meta: { readonly hostvars: Readonly<Record<string, { readonly ansible_host: string }>> };
};
writeFileSync(
  addresses,
  Object.entries(listed._meta.hostvars)
    .filter(([name]) => name.startsWith('c'))
    .map(([, vars]) => `${vars.ansible_host}\n`)
    .join(''),
);

function output(command: string): Promise<string> {
  return measure(command).then(() => readFileSync(`${folder}/out`, 'utf8'));
}

const onAll = (script: string) =>
  `xargs -P${hosts} -I{} ssh ${ssh} root@{} ${JSON.stringify(script)} <${addresses}`;
const forget = onAll(
  'rm -rf /etc/systemd/system/named.service.d /var/lib/confine; systemctl daemon-reload; systemctl reset-failed named; systemctl restart named',
);
// Every run connects anew, as those of confine and ssh do.
const ansible = (more: string) =>
  `control=$(mktemp -d ${folder}/cXXXX) && env ANSIBLE_HOST_KEY_CHECKING=True ANSIBLE_SSH_ARGS="${ssh} -o ControlMaster=auto -o ControlPersist=60 -o ControlPath=$control/%C" ${more} ansible-playbook -f ${hosts} -i ${inventory} ${ansibleBook}`;
const mitogen = [
  '/usr/share/ansible/plugins/strategy',
  '/usr/lib/python3/dist-packages/ansible_mitogen/plugins/strategy',
].find((it) => existsSync(it));

const peers: readonly (readonly [string, string])[] = [
  ['confine', `node dist/confine.js apply ${confineBook} -i ${inventory} --yes -f ${hosts}`],
  ['xargs ssh true', onAll('true')],
  ['Ansible, pipelining', ansible('ANSIBLE_PIPELINING=True')],
  ...(mitogen === undefined
    ? []
    : ([
        [
          'Ansible with mitogen',
          ansible(`ANSIBLE_STRATEGY_PLUGINS=${mitogen} ANSIBLE_STRATEGY=mitogen_linear`),
        ],
      ] as const)),
];

const [mine] = peers;
process.stderr.write('bringing every host to the declared state\n');
await measure(mine?.[1] ?? '');

const all = new Map(peers);
const only = (names: readonly string[]) => new Map(peers.filter(([name]) => names.includes(name)));
const quick = ['confine', 'xargs ssh true'];
const slow = peers.map(([name]) => name).filter((name) => !quick.includes(name));
const inSync = new Map([
  ...(await inTurns(only(quick), rounds.quick)),
  ...(await inTurns(only(slow), rounds.slow)),
]);
all.delete('xargs ssh true');
const changing = await inTurns(all, rounds.slow, forget);

const row = (name: string, costs: ReadonlyMap<string, Cost>) => {
  const [cost, base] = [costs.get(name), costs.get('confine')];
  return cost && base
    ? `${cost.wall.toFixed(2)} s | ${cost.cpu.toFixed(2)} s | ${(cost.wall / base.wall).toFixed(2)}`
    : '- | - | -';
};
process.stdout.write(
  `| ${hosts} hosts, medians | in sync: wall | CPU here | ratio to confine | everything to change: wall | CPU here | ratio |\n`,
);
process.stdout.write('| --- | --- | --- | --- | --- | --- | --- |\n');
for (const [name] of peers)
  process.stdout.write(`| ${name} | ${row(name, inSync)} | ${row(name, changing)} |\n`);
const ratio = (inSync.get('confine')?.wall ?? 0) / (inSync.get('xargs ssh true')?.wall ?? 1);
process.stdout.write(
  `\nin sync, confine takes ${ratio.toFixed(2)} times the wall time of OpenSSH's bare true\n`,
);
await labDown('all', emit);
