import { readFileSync } from 'node:fs';
import { dump } from 'js-yaml';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openMachine, type MachineHandle } from '../../src/lab/hosts.ts';
import { labDown, labUp } from '../../src/lab/lab.ts';
import { defaultRelease, hostName } from '../../src/lab/releases.ts';
import { confine, scratch, startConfine } from '../support/confine.ts';
import { label, labMachines, on, serial } from '../support/lab.ts';
import { exercise, rolloutBook, stateOf, watches } from '../support/rollout.ts';

const names = [1, 2, 3, 4].map((index) => hostName('machine', index, defaultRelease));
let hosts: readonly MachineHandle[];
let inventory: string;

/** Has all of them be the servers of one zone, which can spare one of them; the first is the canary. */
async function oneZone(): Promise<void> {
  const { vars, hosts: machines } = labMachines();
  const known = Object.entries(machines).map(([name, it]) => [
    name,
    { ...it, ns_names: [`${name}.example.test`] },
  ]);
  inventory = scratch(
    'inventory.yml',
    dump({
      all: { vars, hosts: Object.fromEntries(known), children: { canary: { hosts: { ns1: {} } } } },
    }),
  );
  const servers = names.map((name) => `@ IN NS ${name}\\n${name} IN A 192.0.2.53`).join('\\n');
  const zone = '/srv/bind/zones/db.example.test';
  await each(`sed -i '/^@.*IN NS/d; /^ns1/d' ${zone} && printf '${servers}\\n' >>${zone} && rndc reload`);
}

const each = (command: string, some = hosts): Promise<readonly string[]> =>
  Promise.all(some.map((host) => on(host, command)));

/** What asks the zone all the time, and writes down when it answered: seconds since the boot. */
const asking = `setsid sh -c 'while :; do dig +short +tries=1 +time=1 @127.0.0.1 example.test SOA | grep -q "^ns1" && cut -d " " -f 1 /proc/uptime; sleep 3; done >/run/answered' >/dev/null 2>&1 &`;

/** The longest time without an answer, in seconds. */
const outage = async (host: MachineHandle): Promise<number> => {
  const answered = (await on(host, 'cat /run/answered')).split('\n').map(Number);
  return Math.max(...answered.slice(1).map((at, i) => at - (answered[i] ?? at)));
};

const acts = (action: string, book: string) => [
  'rollout',
  action,
  book,
  '-i',
  inventory,
  ...(action === 'status' ? [] : ['--yes']),
];
const act = (action: string, book: string) => confine(acts(action, book));
const stages = async () => Promise.all(hosts.map(async (host) => (await stateOf(host))?.stage ?? 'new'));
const [canary, second, last] = [
  () => hosts.slice(0, 1),
  () => hosts.slice(1, 2),
  () => hosts.slice(2),
] as const;
const exercised = (some: readonly MachineHandle[]) => Promise.all(some.map((host) => exercise(host)));
const patient = { timeout: 600_000, interval: 2000 };
const watched = async (some: readonly MachineHandle[]) => {
  for (const host of some) await expect.poll(() => watches(host), patient).toBe('inactive');
};

beforeAll(async () => {
  await labUp({ machines: names.length, containers: 0, release: defaultRelease }, () => {});
  hosts = await Promise.all(names.map((name) => openMachine(name, () => {})));
  for (const host of hosts) await host.reset();
  await oneZone();
});
afterAll(() => labDown([...names], () => {}));

it(
  'four servers of one zone, from a need that nobody knew of to enforce',
  { timeout: 7_200_000 },
  async () => {
    const book = rolloutBook({ waves: ['canary', '50%', '100%'], soak: '5s', watch: '5s' }, [
      { apparmor_override: { profile: 'named', rules: ['/srv/bind/other/** r,'] } },
    ]);
    const apply = () => confine(['apply', book, '-i', inventory, '--yes']);
    expect(await apply()).toMatchObject({ code: 0 });
    // A restart that somebody asks for, beside the others': what an outage is measured against.
    await each(asking);
    await each('systemctl restart named');
    await each('sleep 15');
    const restart = Math.max(...(await Promise.all(hosts.map(outage))));

    // The zone's folder is outside of the profile: blocked in canary, with the rule that is missing.
    expect((await act('start', book)).code).toBe(10);
    expect(await stages()).toEqual(['soaking', 'new', 'new', 'new']);
    await exercised(canary());
    const blocked = await act('advance', book);
    expect(blocked).toMatchObject({ code: 10, stdout: expect.stringContaining('db.example.test') });
    const proposed = await confine(['denials', book, '--propose', '-i', inventory]);
    expect(proposed).toMatchObject({ code: 0, stdout: expect.stringContaining('+') });
    expect(readFileSync(book, 'utf8')).toMatch(
      /# .*; zone example\.test, \/etc\/bind\/named\.conf\.local:\d+\n +- \/srv\/bind\/zones\/db\.example\.test r,\n/,
    );

    // With it, the canary enforces, and the next wave begins once its watch is over.
    expect(await apply()).toMatchObject({ code: 0 });
    expect((await act('advance', book)).stderr).toContain('the soak begins again: the policy is another one');
    await exercised(canary());
    expect(await act('advance', book)).toMatchObject({ code: 10 });
    expect(await stages()).toEqual(['watching', 'new', 'new', 'new']);
    await watched(canary());
    expect(await act('advance', book)).toMatchObject({ code: 10 });
    expect(await act('advance', book)).toMatchObject({ code: 10 });
    expect(await stages()).toEqual(['done', 'soaking', 'new', 'new']);

    // In the second wave named is denied something behind enforce: it goes back, and nothing else goes on.
    const long = scratch('long.yml', readFileSync(book, 'utf8').replace('watch: 5s', 'watch: 1h'));
    await exercised(second());
    expect((await act('advance', long)).code).toBe(10);
    expect(await stages()).toEqual(['done', 'watching', 'new', 'new']);
    await each(
      `mkdir -p /opt/zones && cp /srv/bind/zones/db.example.test /opt/zones/db.added && echo 'zone "added.test" { type primary; file "/opt/zones/db.added"; };' >>/etc/bind/named.conf.local && { rndc reconfig || true; }`,
      second(),
    );
    await expect.poll(stages, patient).toEqual(['done', 'back', 'new', 'new']);
    await watched(second());
    const stopped = await act('advance', book);
    expect(stopped).toMatchObject({ code: 7, stdout: expect.stringContaining('/opt/zones/db.added') });
    expect(await stages()).toEqual(['done', 'back', 'new', 'new']);
    expect(await Promise.all(second().map(label))).toEqual(['named (complain)']);

    // Mended, it begins again, and its controller is killed in the middle: the host goes on alone, and another takes over.
    await each('sed -i /added.test/d /etc/bind/named.conf.local && rndc reconfig', second());
    expect((await act('start', book)).code).toBe(10);
    await exercised(second());
    const dying = startConfine(acts('advance', book));
    const begun =
      'for it in $(grep -l "^watching" /var/lib/confine/transactions/*/manifest); do [ ! -e "${it%manifest}phase" ] || echo "$it"; done';
    const before = await each(begun, second());
    await expect.poll(() => each(begun, second()), patient).not.toEqual(before);
    process.kill(dying.pid, 'SIGKILL');
    await dying.ended;
    await expect.poll(stages, patient).toEqual(['done', 'watching', 'new', 'new']);
    await watched(second());
    expect(await act('advance', book)).toMatchObject({ code: 10 });
    expect(await act('advance', book)).toMatchObject({ code: 10 });
    expect(await stages()).toEqual(['done', 'done', 'soaking', 'soaking']);

    // Two controllers at once, and two servers that are due: the zone spares one.
    await exercised(last());
    const both = await Promise.all([act('advance', book), act('advance', book)]);
    expect(both.map(({ code }) => code).every((code) => code === 10 || code === 8)).toBe(true);
    const due = await stages();
    expect(due.slice(2).filter((it) => it !== 'soaking').length).toBeLessThanOrEqual(1);
    for (let turn = 0; turn < 6 && (await act('status', book)).code !== 0; turn++) {
      await watched(last());
      await act('advance', book);
      expect((await stages()).filter((it) => it === 'watching').length).toBeLessThanOrEqual(1);
    }
    expect((await act('advance', book)).code).toBe(0);
    expect(await stages()).toEqual(['done', 'done', 'done', 'done']);
    expect(await Promise.all(hosts.map(label))).toEqual(names.map(() => 'named (enforce)'));
    for (const host of hosts) expect(await serial(host)).not.toBe('');

    const outages = await Promise.all(hosts.map(outage));
    console.log(
      `without an answer for ${restart} s at most by a restart, and ${outages.join(', ')} s in all`,
    );
    expect(Math.max(...outages)).toBeLessThan(3 * restart);
  },
);
