import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cases } from '../support/cases.ts';
import { planFor, task } from '../support/host.ts';

const profile = (local = '', mode = 'enforce') => ({
  'apparmor state': 'enabled',
  'apparmor profiles': `named\t${mode}\taa\tff01\n`,
  'apparmor headers': 'profile named /usr/sbin/named flags=(attach_disconnected) {\n',
  'p0 files': '/etc/apparmor.d/usr.sbin.named\n',
  'p0/file file': '644 root root\n',
  'p0/file content': 'profile named /usr/sbin/named flags=(attach_disconnected) {\n}\n',
  'p0/local file': '644 root root\n',
  'p0/local content': local,
  [`p0/force-complain ${mode === 'complain' ? 'link' : 'absent'}`]: '../usr.sbin.named',
  'p0/disable absent': '',
  'p0 parsed': '##included <local/usr.sbin.named>\nff01  -\n',
  'p0 processes': `812\tnamed (${mode})\tnamed.service\n`,
});

const override = (rules: readonly string[], more = {}) =>
  task({ apparmor_override: { profile: 'named', rules } }, { name: rules.join(' '), ...more });
const block = (...lines: readonly string[]) =>
  `# BEGIN confine\n${lines.map((it) => `  ${it}\n`).join('')}# END confine\n`;
const written = (plan: ReturnType<typeof planFor>) =>
  plan.changes.flatMap((it) =>
    it.change === 'file' && it.after.is === 'value' && it.after.value.is === 'file'
      ? [it.after.value.content.toString()]
      : [],
  );

describe('several tasks and one block', () => {
  it('merge, each task showing what it brings, and one load with all of it', () => {
    const plan = planFor([override(['/a r,']), override(['/b r,'])], profile());
    expect(plan.tasks.map((it) => it.result.is)).toEqual(['changes', 'changes']);
    expect(written(plan)).toEqual([block('/a r,', '/b r,')]);
    expect(plan.changes.map((it) => it.change)).toEqual(['file', 'profile']);
  });

  it('are in sync where the block holds the lines of all', () => {
    const plan = planFor([override(['/a r,']), override(['/b r,'])], profile(block('/a r,', '/b r,')));
    expect(plan.state).toBe('in-sync');
  });

  it('let a line go that no task declares', () => {
    const plan = planFor(
      [override(['/a r,']), override(['/b r,'])],
      profile(block('/a r,', '/old r,', '/b r,')),
    );
    expect(written(plan)).toEqual([block('/a r,', '/b r,')]);
    expect(plan.tasks.map((it) => it.result.is)).toEqual(['changes', 'in-sync']);
  });

  it('keep the lines of a task that tags leave out, and do not bring them', () => {
    const tasks = [override(['/a r,']), override(['/b r,'], { selected: false })];
    expect(planFor(tasks, profile(block('/a r,', '/b r,'))).state).toBe('in-sync');
    expect(written(planFor(tasks, profile()))).toEqual([block('/a r,')]);
  });

  it('whatever stands there and whatever is declared: applied once, nothing is left to plan', () => {
    const rules = fc.uniqueArray(fc.constantFrom('/a r,', '/b r,', '/c rw,', 'deny /d r,'), { minLength: 1 });
    fc.assert(
      fc.property(fc.array(rules, { minLength: 1, maxLength: 3 }), rules, (declared, standing) => {
        const tasks = declared.map((it) => override(it));
        const first = planFor(tasks, profile(block(...standing)));
        const [after = block(...standing)] = written(first);
        expect(planFor(tasks, profile(after)).state).toBe('in-sync');
      }),
    );
  });
});

describe('a predicted host', () => {
  it('lets the mode see the rules that come before it: one load, one restart, every reason', () => {
    const enforce = task({ apparmor_mode: { profile: 'named', mode: 'enforce' } });
    const plan = planFor([override(['/a r,']), enforce], profile('', 'complain'));
    expect(plan.changes.map((it) => it.change)).toEqual(['file', 'file', 'profile', 'restart']);
    expect(plan.changes[2]).toMatchObject({ from: 'complain', to: 'enforce', tightens: true });
    expect(plan.expect).toEqual([
      { is: 'confined', unit: 'named.service', profile: 'named', mode: 'enforce' },
    ]);
    expect(plan.watch).toEqual(['named.service']);
  });

  it.each(['stopped is stopped', 'a stopped unit is started, a disabled one enabled'])(
    'is silent where a unit is to be stopped, and nothing is asked of it then (%s)',
    (name) => {
      const frames = cases('service').find((it) => it.name === name)?.host ?? {};
      const service = { unit: 'named.service', enabled: true, state: 'stopped' };
      const plan = planFor([task({ service })], frames);
      expect(plan.changes.length).toBeGreaterThan(0);
      expect(plan.watch).toEqual([]);
    },
  );

  it('says "known after" for what a package will bring, and blocks nothing', () => {
    const plan = planFor(
      [
        task({ package: { names: ['bind9'] } }),
        task({ apparmor_mode: { profile: 'named', mode: 'enforce' } }),
      ],
      { 'packages list': '', 'apparmor state': 'enabled', 'apparmor profiles': '', 'p1 files': '\n' },
    );
    expect(plan.tasks[1]?.result).toMatchObject({
      is: 'deferred',
      reason: expect.stringMatching(/^known after bind9/) as string,
    });
    expect(plan.state).toBe('changes');
  });

  it('is blocked by what is unknown, whatever else could be done', () => {
    const plan = planFor([task({ package: { names: ['bind9'] } }), override(['/a r,'])], {
      'p0 unknown': 'no dpkg-query on this host',
      'apparmor state': 'enabled',
    });
    expect(plan.state).toBe('blocked');
  });

  it('leaves out a task whose deferred condition is false on the host', () => {
    const when = {
      is: 'deferred',
      conditions: ['host.release == "trixie"'],
      values: {},
      evaluate: () => false,
    } as const;
    const plan = planFor([task({ package: { names: ['bind9'] } }, { when })], { 'packages list': '' });
    expect(plan.tasks[0]?.result.is).toBe('excluded');
    expect(plan.state).toBe('in-sync');
  });

  it('makes every observation of a cut answer unknown', () => {
    const plan = planFor([override(['/a r,'])], {});
    expect(plan.state).toBe('blocked');
  });
});
