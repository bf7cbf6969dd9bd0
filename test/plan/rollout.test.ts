import { describe, expect, it } from 'vitest';
import type { HostName, ProfileName } from '../../src/brand.ts';
import { manifest } from '../../src/apply/manifest.ts';
import { applyTrip, type Request } from '../../src/apply/session.ts';
import { observeTrip } from '../../src/observe/observe.ts';
import { planHost } from '../../src/plan/plan.ts';
import { holdProbes, holdsOn, quicker, rolloutModule, type RolloutStep } from '../../src/plan/rollout.ts';
import type { HostPlan } from '../../src/plan/types.ts';
import { modules } from '../../modules/index.ts';
import { formatState, type StateFile } from '../../src/rollout/state.ts';
import { answer, task } from '../support/host.ts';
import { stateFile } from '../support/rollout.ts';

const profile = (key: string, mode: string, force: Readonly<Record<string, string>>) => ({
  'apparmor state': 'enabled',
  'apparmor profiles': `named\t${mode}\taa\tff01\n`,
  'apparmor headers': 'profile named /usr/sbin/named flags=(attach_disconnected) {\n',
  [`${key} files`]: '/etc/apparmor.d/usr.sbin.named\n',
  [`${key}/file file`]: '644 root root\n',
  [`${key}/file content`]: 'profile named /usr/sbin/named flags=(attach_disconnected) {\n}\n',
  [`${key}/local file`]: '644 root root\n',
  [`${key}/local content`]: '',
  ...force,
  [`${key}/disable absent`]: '',
  [`${key} parsed`]: '##included <local/usr.sbin.named>\nff01  -\n',
  [`${key} processes`]: `812\tnamed (${mode})\tnamed.service\n`,
});

const state = (generation: number, stage: 'soaking' | 'watching' | 'done'): StateFile =>
  stateFile({ generation, stage });
const stands = (key: string, it: StateFile) => ({
  [`${key} file`]: '644 root root\n',
  [`${key} content`]: formatState(it),
});

const step = (move: RolloutStep['move'], seen: number | undefined, next: StateFile) => ({
  ...task({ seccomp: {} }),
  module: 'rollout',
  params: { move, profile: 'named' as ProfileName, seen, next, who: 'alice@ws' } satisfies RolloutStep,
});

function planned(
  it: ReturnType<typeof step>,
  frames: Readonly<Record<string, string>>,
): Pick<HostPlan, 'changes' | 'state' | 'tasks' | 'expect'> & { readonly plan: HostPlan } {
  const tasks = [it];
  const probes = Object.values(rolloutModule.observe(it.params));
  const seen = observeTrip(probes, 'n').read(answer(frames));
  const plan = planHost({
    host: 'ns1' as HostName,
    tasks,
    modules: new Map([['rollout', rolloutModule]]),
    facts: {},
    lsm: [],
    named: [],
    answer: seen.answer,
    holds: holdsOn({ plays: [], tasks }, seen.answer),
    breakHolds: false,
  });
  return { ...plan, plan };
}

const request: Request = { who: 'alice@ws', commit: '', version: '0', baseline: 'required', deadline: 60 };
const hold = (kind: string) => `version\t1\nkind\t${kind}\nsince\t1\nuntil\t\nprofile\tnamed\n`;

describe('a step of a rollout', () => {
  it('enters with the mode, the state and the hold in one transaction', () => {
    const fresh = {
      'p0 absent': '',
      'p1 absent': '',
      'p2 asked': '',
      ...profile('p3', 'enforce', { 'p3/force-complain absent': '' }),
    };
    const { plan, changes } = planned(step('enter', undefined, state(1, 'soaking')), fresh);
    expect(changes.map((it) => (it.change === 'file' ? it.path : it.change))).toEqual([
      '/etc/apparmor.d/force-complain/usr.sbin.named',
      '/var/lib/confine/rollout',
      '/var/lib/confine/holds/rollout',
      'profile',
    ]);
    const texts = [...manifest(plan).files.values()].map(String);
    expect(texts[0]).toBe(formatState(state(1, 'soaking')));
    expect(texts[1]).toContain('file\t/etc/apparmor.d/force-complain/usr.sbin.named\nprofile\tnamed\n');
    expect(plan.expect).toMatchObject([{ is: 'confined', mode: 'complain' }]);
  });

  it('enforces past its own hold, with a restart, and has what goes back lie ready', () => {
    const soaking = {
      ...stands('p0', state(4, 'soaking')),
      'p1 file': '644 root root\n',
      'p1 content': hold('rollout'),
      'p2 asked': '',
      'p2 hold rollout': hold('rollout'),
      ...profile('p3', 'complain', { 'p3/force-complain link': '../usr.sbin.named' }),
    };
    const { plan, changes } = planned(step('enforce', 4, state(5, 'watching')), soaking);
    expect(changes.map((it) => it.change)).toEqual(['file', 'file', 'profile', 'restart']);
    const script = applyTrip(plan, { ...request, watch: 3600 }, 't');
    const [, manifestOfEnd = ''] = /end\/manifest' <<'EOF'[^\n]*\n([\s\S]*?)EOF/.exec(script) ?? [];
    const end = Buffer.from(manifestOfEnd, 'base64').toString();
    expect(end).toContain('release\tt\tcloses\nunwatch\t-\n');
    expect(end).toMatch(/profile\tnamed\t\S+\tenforce\tcomplain/);
    // The host writes the state itself when it goes back.
    expect(end).not.toContain('/var/lib/confine/rollout');
  });

  it('finishes with the state alone, and the hold is gone', () => {
    const watching = {
      ...stands('p0', state(6, 'watching')),
      'p1 file': '644 root root\n',
      'p1 content': hold('rollout'),
      'p2 asked': '',
    };
    const { changes, plan } = planned(step('finish', 6, state(7, 'done')), watching);
    expect(changes).toMatchObject([
      { change: 'file', path: '/var/lib/confine/rollout' },
      { change: 'file', path: '/var/lib/confine/holds/rollout', after: { is: 'absent' } },
    ]);
    expect(plan.watch).toEqual([]);
    expect(applyTrip(plan, { ...request, watch: 'over' }, 't')).not.toContain('/end');
  });

  it.each([
    ['another has written the state since', 5, quicker],
    ['the state is gone', undefined, quicker],
  ])('changes nothing where %s', (_, generation, message) => {
    const late = {
      ...(generation === undefined ? { 'p0 absent': '' } : stands('p0', state(generation, 'soaking'))),
      'p1 absent': '',
      'p2 asked': '',
    };
    const { state: ended, tasks } = planned(step('finish', 4, state(5, 'done')), late);
    expect(ended).toBe('blocked');
    expect(tasks[0]?.result).toMatchObject({ is: 'refused', message });
  });

  it('does not enforce what somebody has relaxed', () => {
    const relaxed = {
      ...stands('p0', state(4, 'soaking')),
      'p1 absent': '',
      'p2 asked': '',
      'p2 hold x': hold('relax'),
      ...profile('p3', 'complain', { 'p3/force-complain link': '../usr.sbin.named' }),
    };
    const { tasks } = planned(step('enforce', 4, state(5, 'watching')), relaxed);
    expect(tasks[0]?.result).toMatchObject({ is: 'refused', hint: 'confine relax HOST --end ends that' });
  });
});

describe('an apply of a playbook with a rollout', () => {
  const tasks = [
    task({ apparmor_override: { profile: 'named', rules: ['/a r,'] } }, { play: 'Test' }),
    task({ apparmor_mode: { profile: 'named', mode: 'enforce' } }, { play: 'Test' }),
  ];
  const plays = [{ name: 'Test', serial: [], maxFail: undefined, rollout: { name: 'Test' } }];
  const complains = profile('p2', 'complain', { 'p2/force-complain link': '../usr.sbin.named' });
  const plan = (frames: Readonly<Record<string, string>>) => {
    const probes = tasks.flatMap((it) => Object.values(modules.get(it.module)?.observe(it.params) ?? {}));
    const seen = observeTrip([...holdProbes(plays), ...probes], 'n').read(answer(frames));
    const holds = holdsOn({ plays, tasks }, seen.answer);
    return planHost({
      host: 'ns1' as HostName,
      tasks,
      modules,
      facts: {},
      lsm: [],
      named: [],
      answer: seen.answer,
      holds,
      breakHolds: false,
    });
  };

  it('leaves the mode alone where the rollout has not begun, and does all else', () => {
    const { tasks: results, changes, holds } = plan({ 'p0 asked': '', 'p1 absent': '', ...complains });
    expect(results.map((it) => it.result.is)).toEqual(['changes', 'held']);
    expect(changes).toMatchObject([{ change: 'file' }, { change: 'profile', to: 'complain' }]);
    expect(holds).toMatchObject([{ kind: 'rollout', why: 'Test' }]);
  });

  it('enforces where it is done, so that drift is put right', () => {
    const { changes } = plan({ 'p0 asked': '', ...stands('p1', state(9, 'done')), ...complains });
    expect(changes).toMatchObject([{}, {}, { change: 'profile', to: 'enforce' }, { change: 'restart' }]);
  });

  it('changes nothing where the state can’t be read', () => {
    const damaged = { 'p1 file': '644 root root\n', 'p1 content': 'version\t9\n' };
    expect(plan({ 'p0 asked': '', ...damaged, ...complains }).state).toBe('blocked');
  });
});
