import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { folderOf, without } from '../../golden/files.ts';
import { golden } from '../../golden/golden.ts';
import { confine, startAtTerminal, type Ran } from '../../support/confine.ts';
import { hostsUpTo, inSync, inventoryOn, pending } from '../../support/inventory.ts';
import { freePort, startSshd, type Sshd } from '../../support/sshd.ts';

let sshd: Sshd;
let folder: string;

beforeAll(async () => {
  sshd = await startSshd({ config: ['LogLevel VERBOSE'] });
  folder = folderOf({
    'in-sync.yml': inSync,
    'pending.yml': pending,
    'hosts.yml': inventoryOn(sshd, hostsUpTo(2)),
    'fewer.yml': inventoryOn(sshd),
    'more.yml': inventoryOn(sshd, { ns1: {}, ns3: { ansible_port: await freePort() } }),
  });
});
afterAll(() => sshd.stop());

const run = (args: readonly string[], hosts = 'hosts.yml'): Promise<Ran> =>
  confine([...args, '-i', `${folder}/${hosts}`, '--no-ssh-config']);
const save = (book: string, out: string, hosts?: string): Promise<Ran> =>
  run(['plan', `${folder}/${book}`, '--out', `${folder}/${out}`], hosts);
const text = (file: string): string => readFileSync(`${folder}/${file}`, 'utf8');
const trips = (): number => sshd.log().match(/Starting session/g)?.length ?? 0;

/** How many trips to hosts this took. */
async function counted(go: () => Promise<Ran>): Promise<{ readonly ran: Ran; readonly took: number }> {
  const before = trips();
  const ran = await go();
  return { ran, took: trips() - before };
}

it('plan --out saves for its owner alone, says so, and writes over a plan but nothing else', async () => {
  const saved = await save('pending.yml', 'a.plan');
  expect(saved.code).toBe(0);
  expect(saved.stderr).toContain(`saved for 2 hosts: ${folder}/a.plan\n`);
  expect(saved.stderr).toContain(`\nnext: confine apply ${folder}/a.plan -i `);
  expect(statSync(`${folder}/a.plan`).mode & 0o777).toBe(0o600);
  expect(JSON.parse(text('a.plan'))).toMatchObject({
    confine: 'plan',
    hosts: [{ host: 'ns1' }, { host: 'ns2' }],
  });
  expect(text('a.plan')).not.toContain(sshd.key);

  expect((await save('in-sync.yml', 'a.plan')).code).toBe(0);
  expect(text('a.plan')).toContain('dpkg');

  const { ran, took } = await counted(() => save('in-sync.yml', 'pending.yml'));
  expect(ran).toMatchObject({ code: 5, stderr: expect.stringContaining('is there, and is no saved plan') });
  expect(text('pending.yml')).toBe(pending);
  expect(await save('in-sync.yml', 'nosuch/a.plan')).toMatchObject({ code: 5 });
  expect(took).toBe(0);
});

it('what was in sync and is, is in sync; nobody is asked where there is no terminal', async () => {
  await save('in-sync.yml', 'b.plan');
  const { ran, took } = await counted(() => run(['apply', `${folder}/b.plan`]));
  expect(ran.stderr).toMatch(/^apply: 2 hosts, by the plan of \S+@\S+, 20\S+Z, confine 0/);
  expect(ran.stderr).toContain('2 in sync');
  expect(ran).toMatchObject({ code: 0, stdout: '' });
  expect(took).toBe(2);
  // As an editor may have saved it.
  writeFileSync(`${folder}/b.plan`, `\uFEFF${text('b.plan').replaceAll('\n', '\r\n')}`);
  expect(await run(['apply', `${folder}/b.plan`])).toMatchObject({ code: 0, stdout: '' });
});

it('a host that differs from what was approved is stale, told by lines, and not touched; -C shows the same', async () => {
  await save('pending.yml', 'c.plan');
  const whole = text('c.plan');
  const emptied = whole.replace(/"packages": \[\s+"no-such-package-anywhere"\s+\]/, '"packages": []');
  expect(emptied).not.toBe(whole);
  writeFileSync(`${folder}/c.plan`, emptied);
  for (const more of [[], ['-C']]) {
    const { ran, took } = await counted(() => run(['apply', `${folder}/c.plan`, '--limit', 'ns1', ...more]));
    expect(ran.stderr).toContain(
      'ns1: stale: its changes are no longer those that were approved, and nothing was touched\n  + package no-such-package-anywhere\n  = plan again',
    );
    expect(ran).toMatchObject({ code: 9, stdout: expect.stringContaining('install package') });
    expect(took).toBe(1);
  }
});

it('at a terminal it asks all the same', async () => {
  await save('pending.yml', 'd.plan');
  const started = startAtTerminal([
    'apply',
    `${folder}/d.plan`,
    '-i',
    `${folder}/hosts.yml`,
    '--no-ssh-config',
  ]);
  await expect.poll(started.said, { timeout: 20_000 }).toContain('Change 2 hosts? [y/N]');
  const before = trips();
  started.stdin.write('n\n');
  expect(await started.ended).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('2 with changes pending'),
  });
  expect(trips()).toBe(before);
});

it('a host that could not be planned is left out of the plan, and both say so', async () => {
  const saved = await save('in-sync.yml', 'e.plan', 'more.yml');
  expect(saved).toMatchObject({
    code: 4,
    stderr: expect.stringContaining('ns3: not in the saved plan: unreachable'),
  });
  const applied = await run(['apply', `${folder}/e.plan`], 'more.yml');
  expect(applied.stderr).toContain('warning: ns3: not in this plan: unreachable when it was made');
  expect(applied.stderr).toContain('1 in sync');
  expect(applied.code).toBe(0);
});

it('where no host could be planned there is no plan, nor an old one made new', async () => {
  await save('in-sync.yml', 'f.plan');
  const before = text('f.plan');
  const ran = await run(
    ['plan', `${folder}/in-sync.yml`, '--out', `${folder}/f.plan`, '--limit', 'ns3'],
    'more.yml',
  );
  expect(ran).toMatchObject({ code: 4, stderr: expect.stringContaining('no plan is saved') });
  expect(text('f.plan')).toBe(before);
});

it('--json says where the plan was saved, and which one is applied', async () => {
  const events = (ran: Ran) =>
    ran.stdout
      .trimEnd()
      .split('\n')
      .map((it) => JSON.parse(it) as Readonly<Record<string, unknown>>);
  const file = `${folder}/g.plan`;
  const saved = await run(['plan', `${folder}/in-sync.yml`, '--out', file, '--json']);
  expect(events(saved).at(-2)).toEqual({ event: 'plan-saved', file, hosts: 2, deferred: [], leftOut: {} });
  const [started] = events(await run(['apply', file, '--json']));
  const { version, commit, by, made, breakHolds } = JSON.parse(text('g.plan')) as Record<string, unknown>;
  expect(started).toMatchObject({ commit, plan: { file, version, commit, by, made, breakHolds } });
});

it('what can’t be applied is told with its place and the next step, before any host is touched', async () => {
  await save('pending.yml', 'plan.json');
  writeFileSync(`${folder}/cut.json`, text('plan.json').split('"module"')[0] ?? '');
  writeFileSync(`${folder}/newer.json`, text('plan.json').replace('"format": 1', '"format": 2'));
  writeFileSync(`${folder}/other.json`, '{ "hosts": [] }\n');
  const file = (name: string) => `${folder}/${name}`;
  const wrong: readonly (readonly [number, readonly string[], string?])[] = [
    [3, ['apply', file('cut.json')]],
    [3, ['apply', file('newer.json')]],
    [3, ['apply', file('other.json')]],
    [3, ['apply', file('nosuch.json'), '--yes']],
    [3, ['apply', file('plan.json')], 'fewer.yml'],
    [3, ['apply', file('plan.json'), '--limit', 'ns9']],
    [3, ['apply', file('plan.json'), '--limit', 'ns3'], 'more.yml'],
    [5, ['apply', file('plan.json'), '--tags', 'x']],
    [5, ['apply', file('plan.json'), '--skip-tags', 'x']],
    [5, ['apply', file('plan.json'), '-e', 'a=b']],
    [5, ['apply', file('plan.json'), '--break-hold']],
    [5, ['apply', file('plan.json'), file('pending.yml')]],
    [3, ['plan', file('plan.json')]],
  ];
  const before = trips();
  const told: string[] = [];
  for (const [code, args, hosts] of wrong) {
    const ran = await run(args, hosts);
    expect([args, ran.code, ran.stdout]).toEqual([args, code, '']);
    told.push(`$ confine ${args.join(' ')}\n${ran.stderr}`);
  }
  expect(trips()).toBe(before);
  const all = without(folder, told.join('\n').trimEnd());
  expect(all).toBe(golden('cli-plan-file', all));
});
