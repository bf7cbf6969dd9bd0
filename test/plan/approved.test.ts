import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { modules } from '../../modules/index.ts';
import { AbsolutePath, PackageName, UnitName } from '../../src/brand.ts';
import type { Hold } from '../../src/observe/attest-holds.ts';
import { absent, value, type Known } from '../../src/observe/observation.ts';
import { approvalOf, judge } from '../../src/plan/approved.ts';
import type { HostPlan, TaskResult } from '../../src/plan/types.ts';
import type { Node } from '../../src/resources/file.ts';
import type { Change } from '../../src/resources/resources.ts';
import { cases } from '../support/cases.ts';
import { planFor, task } from '../support/host.ts';
import { hostPlan } from '../support/plan.ts';

/** Every field of a change is one or the other: what is approved, or what may move by itself meanwhile. */
type Fields<C> = {
  readonly [F in Exclude<keyof C, 'change'>]-?: readonly [
    'declared' | 'moves',
    fc.Arbitrary<C[F] | undefined>,
  ];
};
type Of<K, C = Change> = C extends { readonly change: infer X } ? (K extends X ? C : never) : never;

const word = fc.stringMatching(/^[a-z]{1,8}$/);
const path = word.map((it) => AbsolutePath.parse(`/etc/${it}`));
const unit = word.map((it) => UnitName.parse(`${it}.service`));
const node: fc.Arbitrary<Known<Node>> = fc.oneof(
  fc.constant(absent),
  word.map((target) => value({ is: 'link', target } as const)),
  fc
    .record({ content: word, mode: fc.constantFrom('0644', '0600'), owner: word, group: word })
    .map((it) => value({ ...it, is: 'file', content: Buffer.from(it.content) } as const)),
);
const mode = fc.constantFrom('enforce', 'complain', 'absent' as const);
const reasons = fc.array(word);

const kinds = {
  file: { path: ['declared', path], before: ['declared', node], after: ['declared', node] },
  package: { name: ['declared', word.map((it) => PackageName.parse(`lib${it}`))] },
  profile: {
    name: ['declared', word],
    file: ['declared', path],
    from: ['declared', mode],
    to: ['declared', mode],
    why: ['moves', word],
    units: ['moves', fc.array(unit)],
    tightens: ['moves', fc.boolean()],
    copy: [
      'declared',
      fc.option(fc.record({ of: node, content: word.map((it) => Buffer.from(it)) }), { nil: undefined }),
    ],
  },
  backlog: { from: ['declared', fc.nat()], to: ['declared', fc.nat()] },
  'daemon-reload': { unit: ['moves', unit] },
  enable: { unit: ['declared', unit], from: ['declared', word] },
  disable: { unit: ['declared', unit], from: ['declared', word] },
  start: { unit: ['declared', unit], why: ['moves', reasons] },
  stop: { unit: ['declared', unit], why: ['moves', reasons] },
  restart: { unit: ['declared', unit], why: ['moves', reasons] },
  reload: { unit: ['declared', unit], why: ['moves', reasons] },
} satisfies { readonly [K in Change['change']]: Fields<Of<K>> };

const fieldsOf = (kind: Change['change']) =>
  Object.entries(kinds[kind] as Readonly<Record<string, readonly [string, fc.Arbitrary<unknown>]>>);
const changeOf = (kind: Change['change']): fc.Arbitrary<Change> =>
  fc
    .record(Object.fromEntries(fieldsOf(kind).map(([field, [, it]]) => [field, it])))
    .map((it) => ({ change: kind, ...it }) as unknown as Change);

const plan = (more: Partial<HostPlan> = {}): HostPlan => hostPlan('ns1', { state: 'changes', ...more });
const planOf = (change: Change): HostPlan =>
  plan(change.change === 'package' ? { packages: [change.name] } : { changes: [change] });

const all = Object.keys(kinds) as readonly Change['change'][];
const fields = all.flatMap((kind) => fieldsOf(kind).map(([field, [how, it]]) => ({ kind, field, how, it })));

it.each(fields)('$kind: $field is $how', ({ kind, field, how, it }) => {
  fc.assert(
    fc.property(changeOf(kind), it, (change, other) => {
      fc.pre(!isDeepStrictEqual(Reflect.get(change, field), other));
      const before = approvalOf(planOf(change));
      const after = approvalOf(planOf({ ...change, [field]: other }));
      expect(isDeepStrictEqual(before, after)).toBe(how === 'moves');
    }),
  );
});

const hold: Hold = {
  id: 'h1',
  kind: 'relax',
  who: 'alice@ws',
  why: '',
  since: 1,
  until: undefined,
  mechanisms: ['apparmor'],
  files: [],
  profiles: [],
};
const taskOf = (result: TaskResult) => ({
  name: 'Enforce',
  module: 'apparmor_mode',
  at: { file: 'p.yml', line: 1, col: 1 },
  result,
});

describe('besides changes, a plan', () => {
  it.each<[string, Partial<HostPlan>, Partial<HostPlan>]>([
    ['what is watched and expected', { watch: ['a.service'] }, { watch: ['b.service'], expect: [] }],
    [
      'why a task has to wait for a package',
      { tasks: [taskOf({ is: 'deferred', reason: 'now: no such profile' })] },
      { tasks: [taskOf({ is: 'deferred', reason: 'now: no parser' })] },
    ],
    ['a hold that is neither broken nor in the way', { holds: [hold] }, { holds: [] }],
    [
      'what a hold that ends says of itself',
      { holds: [hold], breaks: true },
      { holds: [{ ...hold, who: 'bob@ws', why: 'x', since: 2, until: 3, mechanisms: [] }], breaks: true },
    ],
  ])('does not declare %s', (_, one, other) => {
    expect(approvalOf(plan(one))).toEqual(approvalOf(plan(other)));
  });

  it.each<[string, Partial<HostPlan>, Partial<HostPlan>]>([
    ['which tasks wait for a package', { tasks: [taskOf({ is: 'deferred', reason: '' })] }, {}],
    ['which tasks a hold keeps', { tasks: [taskOf({ is: 'held', by: [hold] })] }, {}],
    ['that a hold ends', { holds: [hold], breaks: true }, { holds: [hold], breaks: false }],
    ['which hold ends', { holds: [hold], breaks: true }, { holds: [{ ...hold, id: 'h2' }], breaks: true }],
  ])('declares %s', (_, one, other) => {
    expect(approvalOf(plan(one))).not.toEqual(approvalOf(plan(other)));
  });
});

describe('a fresh plan', () => {
  const restart: Change = {
    change: 'restart',
    unit: UnitName.parse('named.service'),
    why: ['its files change'],
  };
  const reload: Change = { change: 'daemon-reload', unit: UnitName.parse('named.service') };
  const approved = approvalOf(plan({ packages: ['auditd'], changes: [reload, restart] }));

  it('is the same, whatever the reasons are, and with packages that are there by now', () => {
    expect(
      judge(approved, plan({ packages: ['auditd'], changes: [reload, { ...restart, why: ['x'] }] })),
    ).toEqual({
      is: 'same',
    });
    expect(judge(approved, plan({ changes: [reload, restart] }))).toEqual({ is: 'same' });
  });

  it('is another with one change more, one less, or none of them while packages are missing', () => {
    const stop: Change = { ...restart, change: 'stop' };
    expect(judge(approved, plan({ changes: [reload, restart, stop] }))).toEqual({
      is: 'other',
      gone: [],
      added: ['stop named.service'],
    });
    expect(judge(approved, plan({ changes: [reload] }))).toEqual({
      is: 'other',
      gone: ['restart named.service'],
      added: [],
    });
    expect(judge(approved, plan({ packages: ['auditd'] })).is).toBe('other');
    expect(judge(approved, plan({ packages: ['bind9'], changes: [reload, restart] }))).toMatchObject({
      is: 'other',
      added: ['package bind9'],
    });
  });

  it('finds all of it done, and a host that was in sync differing', () => {
    const inSync = plan({ state: 'in-sync' });
    expect(judge(approved, inSync)).toEqual({ is: 'done' });
    expect(judge(approvalOf(inSync), inSync)).toEqual({ is: 'done' });
    expect(judge(approvalOf(inSync), plan({ changes: [restart] })).is).toBe('other');
  });

  it('of a host that a new hold keeps as it is, is not taken for done', () => {
    const held = plan({ state: 'in-sync', tasks: [taskOf({ is: 'held', by: [hold] })] });
    expect(judge(approved, held)).toMatchObject({ is: 'other', added: ['Enforce is held by relax h1'] });
    expect(judge(approvalOf(held), held)).toEqual({ is: 'done' });
  });
});

/** The same host after a restart of named by hand: another process, another invocation, one restart more. */
const restarted = (frames: Readonly<Record<string, string>>): Readonly<Record<string, string>> =>
  Object.fromEntries(
    Object.entries(frames).map(([key, text]) => [
      key,
      text
        .replace(/MainPID=812/, 'MainPID=913')
        .replace(/NRestarts=\d+/, 'NRestarts=7')
        .replaceAll('aaaa', 'cccc')
        .replace(/^812\t/gm, '913\t'),
    ]),
  );

describe.each([...modules.keys()])('module %s', (name) => {
  const right = cases(name).filter((it) => it.rejected === undefined);

  it.each(right)('$name: another PID is no other plan', ({ params, host }) => {
    const tasks = [task({ [name]: params })];
    const [before, after] = [planFor(tasks, host), planFor(tasks, restarted(host))];
    expect(approvalOf(after)).toEqual(approvalOf(before));
  });
});

describe('what a plan rests on', () => {
  const frames = {
    'apparmor state': 'enabled',
    'apparmor profiles': 'named\tenforce\taa\tff02\n',
    'apparmor headers': 'profile named /usr/sbin/named {\n',
    'p0 files': '/etc/apparmor.d/usr.sbin.named\n',
    'p0/file file': '644 root root\n',
    'p0/file content': 'profile named /usr/sbin/named {\n}\n',
    'p0/local absent': '',
    'p0/force-complain absent': '',
    'p0/disable absent': '',
    'p0 parsed': '##included <local/usr.sbin.named>\nff01  -\n',
    'p0 processes': '812\tnamed (enforce)\tnamed.service\n',
  };
  const enforce = [task({ apparmor_mode: { profile: 'named', mode: 'enforce' } })];
  const approved = approvalOf(planFor(enforce, frames));

  it.each([
    ['the profile', { 'p0/file content': 'profile named /usr/sbin/named {\n  /srv/** r,\n}\n' }],
    ['what it includes', { 'p0 parsed': '##included <local/usr.sbin.named>\nff03  -\n' }],
  ])('is %s, where the kernel is to load it as it stands', (_, edited) => {
    const again = planFor(enforce, { ...frames, ...edited });
    expect(again.changes).toEqual(planFor(enforce, frames).changes);
    expect(judge(approved, again)).toMatchObject({
      gone: [expect.stringMatching(/^profile named from .*, as of /)],
      added: [expect.stringMatching(/^profile named from .*, as of /)],
    });
  });

  it('are the files of a unit that is to start', () => {
    const service = [task({ service: { unit: 'named.service', state: 'running' } })];
    const stale = cases('service').find((it) => it.name.startsWith('a restart that was lost'))?.host ?? {};
    const edited = {
      ...stale,
      'p0 part /lib/systemd/system/named.service': '[Service]\nExecStart=/bin/sh\n',
    };
    expect(judge(approvalOf(planFor(service, stale)), planFor(service, edited))).toMatchObject({
      is: 'other',
      added: [expect.stringMatching(/^restart named.service, as of /)],
    });
  });
});
