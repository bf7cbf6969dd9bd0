import { describe, expect, test } from 'vitest';
import { loadInventory } from '../../src/inventory/load.ts';
import { checkPlaybooks } from '../../src/playbook/check.ts';
import { compile } from '../../src/playbook/compile.ts';
import type { CompileInput, HostTasks } from '../../src/playbook/types.ts';
import { files, without } from '../golden/files.ts';
import { golden, findingsOf, findingsOfAsync } from '../golden/golden.ts';
import { modules } from './modules.ts';

const inventory = `
nameservers:
  vars: { env: prod, mode: enforce, rules: ["/srv/** r,"] }
  hosts:
    ns1.example.org:
    ns2.example.org: { env: lab, mode: complain }
resolvers: { hosts: { r1.example.org: { env: prod } } }
empty: {}
`;

type Options = Omit<Partial<CompileInput>, 'playbooks' | 'inventory' | 'modules'>;

function write(playbook: string, more: Readonly<Record<string, string>> = {}): string {
  return files({ 'hosts.yml': inventory, 'play.yml': playbook, ...more });
}

function run(folder: string, options: Options = {}): Promise<readonly HostTasks[]> {
  const loaded = loadInventory([`${folder}/hosts.yml`]);
  return compile({ playbooks: [`${folder}/play.yml`], inventory: loaded, modules, ...options });
}

async function compiled(
  playbook: string,
  options: Options = {},
  more: Readonly<Record<string, string>> = {},
): Promise<Readonly<Record<string, HostTasks>>> {
  const hosts = await run(write(playbook, more), options);
  return Object.fromEntries(hosts.map((host) => [host.host.split('.')[0] ?? '', host]));
}

async function rejected(
  playbook: string,
  options: Options = {},
  more: Readonly<Record<string, string>> = {},
): Promise<string> {
  const folder = write(playbook, more);
  return without(folder, await findingsOfAsync(() => run(folder, options)));
}

async function checked(playbook: string): Promise<string> {
  const folder = write(playbook);
  const check = (): Promise<unknown> => checkPlaybooks({ playbooks: [`${folder}/play.yml`], modules });
  return without(folder, await findingsOfAsync(check));
}

const play = (tasks: string, head = ''): string => `- hosts: nameservers\n${head}  tasks:\n${tasks}`;

const named = (profile: string): unknown => ({ profile, rules: ['a'] });

const onlyWhen = (when: string): string =>
  play(`    - apparmor_mode: { profile: named }\n      when: ${when}\n`);

describe('compile', () => {
  test('gives every host its tasks, with positions', async () => {
    const { ns1, ns2 } = await compiled(
      play(
        `    - name: Rules\n      apparmor_override:\n        profile: named\n        rules: "{{ rules }}"\n` +
          `    - apparmor_mode: { profile: named, mode: "{{ mode }}" }\n      tags: [mode, "a,b"]\n      become: false\n`,
        '  name: Harden\n  become: true\n  serial: 30%\n  max_fail_percentage: 10\n',
      ),
    );
    expect(ns1?.groups).toEqual(['nameservers']);
    expect(ns1?.plays).toEqual([{ name: 'Harden', serial: [{ is: 'percent', percent: 30 }], maxFail: 10 }]);
    expect(ns2?.plays[0]).toBe(ns1?.plays[0]);
    expect(ns1?.become).toBe(true);
    expect(
      ns1?.tasks.map(({ index, name, module, params, tags, become, play: p }) => ({
        index,
        name,
        module,
        params,
        tags,
        become,
        p,
      })),
    ).toEqual([
      {
        index: 0,
        name: 'Rules',
        module: 'apparmor_override',
        params: { profile: 'named', rules: ['/srv/** r,'] },
        tags: [],
        become: true,
        p: 'Harden',
      },
      {
        index: 1,
        name: 'apparmor_mode',
        module: 'apparmor_mode',
        params: { profile: 'named', mode: 'enforce' },
        tags: ['mode', 'a', 'b'],
        become: false,
        p: 'Harden',
      },
    ]);
    expect(ns2?.tasks[1]?.params).toEqual({ profile: 'named', mode: 'complain' });
    const [rules] = ns1?.tasks ?? [];
    expect(rules?.at).toMatchObject({ line: 8, col: 7 });
    expect(rules?.positionOf(['rules', 0])).toMatchObject({ line: 10, col: 16 });
    expect(rules?.spotOf(['profile'])).toMatchObject({ length: 5, source: '        profile: named' });
  });

  test('hosts with the same tasks share them', async () => {
    const hosts = await compiled(play('    - apparmor_mode: { profile: named }\n'));
    expect(hosts['ns1']?.tasks).toBe(hosts['ns2']?.tasks);
    expect(hosts['ns1']?.tasks[0]?.params).toEqual({ profile: 'named', mode: 'enforce' });
  });

  test('several plays and playbooks add up, in order', async () => {
    const folder = write(play('    - { name: one, apparmor_mode: { profile: a } }\n'), {
      'more.yml':
        '- { hosts: "ns1*", tasks: [{ name: two, apparmor_mode: { profile: b } }] }\n- { hosts: all, tasks: [] }\n',
    });
    const hosts = await compile({
      playbooks: [`${folder}/play.yml`, `${folder}/more.yml`],
      inventory: loadInventory([`${folder}/hosts.yml`]),
      modules,
    });
    const names = hosts.map((h) => [h.host, h.tasks.map((t) => `${t.index} ${t.name}`)]);
    expect(names).toEqual([
      ['ns1.example.org', ['0 one', '1 two']],
      ['ns2.example.org', ['0 one']],
      ['r1.example.org', []],
    ]);
  });

  test('variables win in the order of Ansible', async () => {
    const mode = '    - apparmor_override: { profile: "{{ x }}", rules: [a] }\n';
    const seen = async (
      more: Record<string, string>,
      head = '',
      task = '',
      options: Options = {},
    ): Promise<unknown> => {
      const hosts = await compiled(play(mode + task, head), options, more);
      return hosts['ns1']?.tasks[0]?.params;
    };
    const more = {
      'group_vars/all.yml': 'x: group',
      'host_vars/ns1.example.org.yml': 'x: host',
      'vars.yml': 'x: file',
    };
    expect(await seen({ 'group_vars/all.yml': 'x: group' })).toEqual(named('group'));
    expect(await seen({ ...more, 'host_vars/ns2.example.org.yml': 'x: other' })).toEqual(named('host'));
    const all = { ...more, 'host_vars/ns2.example.org.yml': 'x: other' };
    expect(await seen(all, '  vars: { x: play }\n')).toEqual(named('play'));
    expect(await seen(all, '  vars: { x: play }\n  vars_files: [vars.yml]\n')).toEqual(named('file'));
    const task = '      vars: { x: task }\n';
    expect(await seen(all, '  vars: { x: play }\n  vars_files: [vars.yml]\n', task)).toEqual(named('task'));
    expect(await seen(all, '', task, { extraVars: ['x=extra'] })).toEqual(named('extra'));
    expect(await seen(all, '', task, { extraVars: ['x=1', '{"x": "json"}'] })).toEqual(named('json'));
  });

  test('hosts keep their connection variables apart from those of plays', async () => {
    const { ns1 } = await compiled(
      play('    - apparmor_mode: { profile: "{{ inventory_hostname }}" }\n', '  vars: { env: play }\n'),
      { extraVars: ['ansible_user=admin'] },
      { 'group_vars/all.yml': 'ansible_host: "{{ inventory_hostname_short }}.lan"\nbroken: "{{ nope }}"\n' },
    );
    expect(ns1?.tasks[0]?.params).toMatchObject({ profile: 'ns1.example.org' });
    expect(ns1?.vars.get('env')).toBe('prod');
    expect(ns1?.vars.get('ansible_host')).toBe('ns1.lan');
    expect(ns1?.vars.get('ansible_user')).toBe('admin');
    expect(ns1?.vars.at('env')).toMatchObject({ line: 3, col: 11 });
    expect(findingsOf(() => ns1?.vars.get('broken'))).toContain('"nope" is not defined');
  });

  test('patterns may use -e, lists and localhost', async () => {
    const task = '\n  tasks: [{ apparmor_mode: { profile: a } }]\n';
    const keys = async (hosts: string, options: Options = {}): Promise<string[]> =>
      Object.keys(await compiled(`- hosts: ${hosts}${task}`, options));
    expect(await keys('"{{ target }}"', { extraVars: ['target=resolvers'] })).toEqual(['r1']);
    expect(await keys('[resolvers, ns2.example.org]')).toEqual(['r1', 'ns2']);
    expect(await keys('localhost')).toEqual(['localhost']);
    expect(await keys('all', { limit: 'all:!ns1*' })).toEqual(['ns2', 'r1']);
    const folder = files({ 'site.retry': 'r1.example.org\n' });
    expect(await keys('all', { limit: `@${folder}/site.retry` })).toEqual(['r1']);
  });

  test('tags leave tasks in the list, unselected', async () => {
    const tasks =
      '    - { tags: mode, apparmor_mode: { profile: a } }\n    - { apparmor_mode: { profile: b } }\n';
    const { ns1 } = await compiled(play(tasks), { tags: ['mode'] });
    expect(ns1?.tasks.map((t) => t.selected)).toEqual([true, false]);
    const skipped = await compiled(play(tasks), { skipTags: ['mode,other'] });
    expect(skipped['ns1']?.tasks.map((t) => t.selected)).toEqual([false, true]);
  });
});

describe('when', () => {
  test('inventory variables are decided at once', async () => {
    const { ns1, ns2 } = await compiled(onlyWhen('env == "prod"'));
    expect(ns1?.tasks.map((t) => t.when)).toEqual([{ is: 'yes' }]);
    expect(ns2?.tasks).toEqual([]);
    expect(ns2?.excluded).toMatchObject([
      { index: 0, module: 'apparmor_mode', reason: 'false for this host: env == "prod"' },
    ]);
  });

  test('what asks for the host waits for it', async () => {
    const { ns1, ns2 } = await compiled(
      onlyWhen(`[true, 'env == "prod"', 'host.release == "bookworm" and env == "prod"']`),
    );
    const when = ns1?.tasks[0]?.when;
    expect(ns2?.tasks).toEqual([]);
    expect(when?.is).toBe('deferred');
    if (when?.is !== 'deferred') return;
    expect(when.conditions).toEqual(['host.release == "bookworm" and env == "prod"']);
    expect(when.evaluate({ release: 'bookworm' })).toBe(true);
    expect(when.evaluate({ release: 'trixie' })).toBe(false);
    const wrong = findingsOf(() => when.evaluate({ releas: 'bookworm' }));
    expect(wrong).toContain('play.yml:4:38: the variable "host.release" is not defined');
    expect(wrong).toContain('did you mean "releas"?');
  });

  test('false excludes without looking at the rest', async () => {
    const { ns1 } = await compiled(onlyWhen('false'));
    expect(ns1?.excluded).toHaveLength(1);
    const deferred = await compiled(onlyWhen(`['host.x', 'env == "none"']`));
    expect(deferred['ns1']?.excluded).toHaveLength(1);
  });

  test.each([
    ['"{{ env }}"', 'a condition is written without {{ }}'],
    ['env', 'a condition must be true or false, but this is the text "prod"'],
    ['evn == "prod"', 'the variable "evn" is not defined'],
    ['evn == host.x', 'the variable "evn" is not defined'],
    ['env == "a" or env == "b" and mode', '"and" and "or" in one condition need brackets'],
    ['env is defined', '"is" cannot stand here'],
  ])('%s is refused', async (when, message) => {
    expect(await rejected(onlyWhen(when))).toContain(message);
  });
});

describe('what is refused', () => {
  const broken: Readonly<Record<string, string>> = {
    empty: '',
    'only a comment': '# nothing\n',
    'a mapping': 'hosts: all\ntasks: []\n',
    'an empty list': '[]\n',
    'a play that is text': '- harden\n',
    'keys of a play': play(
      '    []\n',
      '  become: yes\n  hots: all\n  handlers: []\n  rollout: {}\n  apparmor_mode: {}\n',
    ),
    'no hosts, no tasks': '- name: x\n',
    'values of a play': '- hosts: []\n  serial: 0\n  max_fail_percentage: 120%\n  vars: [a]\n  tasks: {}\n',
    'two modules': play(
      '    - name: x\n      apparmor_mode: { profile: a }\n      apparmor_override: { profile: a, rules: [b] }\n',
    ),
    'no module': play('    - name: x\n'),
    'a misspelt module': play('    - apparmor_mod: { profile: a }\n'),
    'modules of Ansible': play('    - ansible.builtin.apt: { name: bind9 }\n    - command: id\n'),
    'keys of a task': play(
      '    - apparmor_mode: { profile: a }\n      whn: true\n      notify: restart\n      retries: 3\n',
    ),
    'values of a task': play(
      '    - apparmor_mode: { profile: a }\n      become: "yes"\n      tags: [1]\n      name: 3\n',
    ),
    'a task that is text': play('    - apparmor_mode\n'),
    parameters: play(
      '    - apparmor_mode: { profil: a, mode: enforc, force: yes }\n    - apparmor_mode:\n' +
        '    - apparmor_override: { profile: named, rules: /srv, mode: 0644 }\n',
    ),
    variables: play(
      '    - apparmor_mode: { profile: "{{ zonse }}" }\n    - apparmor_mode: { profile: a, mode: "{{ level }}" }\n',
      '  vars: { zones: /srv, level: strict, bad-name: 1, inventory_hostname: x }\n',
    ),
    'an unknown host': '- hosts: nameserver\n  tasks: []\n',
    'an unknown host in a list': '- hosts: [resolvers, "nameservers:!ns9.example.org"]\n  tasks: []\n',
    'a group without hosts': '- hosts: empty\n  tasks: []\n',
    'a file of variables that is missing': play('    []\n', '  vars_files: [secrets.yml]\n'),
  };

  test('in words that a person understands', async () => {
    const texts: string[] = [];
    for (const [name, text] of Object.entries(broken)) texts.push(`# ${name}\n${await rejected(text)}`);
    const shown = texts.join('\n\n');
    expect(shown).toBe(golden('playbook', shown));
  });

  test('everything but hosts and inventory variables is found without an inventory, too', async () => {
    const texts: string[] = [];
    for (const [name, text] of Object.entries(broken)) texts.push(`# ${name}\n${await checked(text)}`);
    const shown = texts.join('\n\n');
    expect(shown).toBe(golden('playbook-check', shown));
  });

  test('what is wrong for some hosts names them', async () => {
    const text = await rejected(
      play('    - apparmor_mode: { profile: "{{ only }}" }\n'),
      {},
      { 'host_vars/ns1.example.org.yml': 'only: 1' },
    );
    expect(text).toContain('must be text, but is the number 1 (for ns1.example.org)');
    expect(text).toContain('"only" is set at host_vars/ns1.example.org.yml:1:1');
    expect(text).toContain('the variable "only" is not defined (for ns2.example.org)');
  });

  test('many findings are capped', async () => {
    const text = await rejected(play('    - apparmor_mode: { profil: a }\n'.repeat(60)));
    expect(text).toContain('and 10 more: 60 problems');
  });

  test('--limit and -e', async () => {
    const good = play('    - apparmor_mode: { profile: a }\n');
    expect(await rejected(good, { limit: 'ns9' })).toContain('--limit: there is no host and no group "ns9"');
    expect(await rejected(good, { limit: 'resolvers' })).toContain('leaves no host of these plays');
    expect(await rejected(good, { limit: '@missing.retry' })).toContain(
      'missing.retry:1:1: there is no such file',
    );
    expect(await rejected(good, { extraVars: ['a=1 b'] })).toContain('-e: "b" is not "name=value"');
    expect(await rejected(good, { extraVars: ['{"a": }x'] })).toContain('-e:1:');
    expect(await rejected(good, { extraVars: ['[1]'] })).toContain('-e: it must be a mapping, but is a list');
    expect(await rejected(good, { extraVars: ['host=1'] })).toContain(
      '-e: the variable name "host" is taken',
    );
    expect(await rejected(good, { extraVars: ['@missing.yml'] })).toContain(
      'missing.yml:1:1: there is no such file',
    );
  });

  test('a parameter named __proto__ pollutes nothing', async () => {
    expect(await rejected(play('    - apparmor_mode: { profile: a, __proto__: { x: 1 } }\n'))).toContain(
      '"__proto__" is not allowed',
    );
    expect(await rejected(play('    []\n'), { extraVars: ['{"__proto__": {"x": 1}}'] })).toContain(
      '"__proto__" is not allowed',
    );
    expect(Object.hasOwn(Object.prototype, 'x')).toBe(false);
  });
});

describe('-e', () => {
  test.each([
    [['a=1 b="two words"', "c='it is' d=x=y e="], { a: '1', b: 'two words', c: 'it is', d: 'x=y', e: '' }],
    [['{"a": [1, true]}'], { a: [1, true] }],
    [['{a: b}', 'a=c'], { a: 'c' }],
    [['x="a \\"b\\""'], { x: 'a "b"' }],
  ])('%j', async (extraVars, expected) => {
    const { ns1 } = await compiled(play('    - apparmor_mode: { profile: a }\n'), { extraVars });
    for (const [name, value] of Object.entries(expected)) expect(ns1?.vars.get(name)).toEqual(value);
  });
});

describe('check', () => {
  test('says what is known and what is open', async () => {
    const folder = write(
      play(
        '    - apparmor_mode: { profile: "{{ p }}" }\n    - apparmor_mode: { profile: "{{ env }}", force: "{{ f }}" }\n' +
          '    - apparmor_mode: { profile: a }\n      when: env == "x"\n    - apparmor_mode: { profile: a }\n      when: host.x\n' +
          '    - apparmor_mode: { profile: a }\n      when: p == "other"\n      tags: [t]\n',
        '  vars: { p: named }\n  become: true\n',
      ),
    );
    const [found] = await checkPlaybooks({ playbooks: [`${folder}/play.yml`], modules, skipTags: ['t'] });
    expect(found?.tasks.map((t) => [t.params, t.when, t.selected, t.become])).toEqual([
      [{ is: 'known', value: { profile: 'named', mode: 'enforce' } }, 'yes', true, true],
      [{ is: 'open' }, 'yes', true, true],
      [{ is: 'known', value: { profile: 'a', mode: 'enforce' } }, 'maybe', true, true],
      [{ is: 'known', value: { profile: 'a', mode: 'enforce' } }, 'maybe', true, true],
      [{ is: 'known', value: { profile: 'a', mode: 'enforce' } }, 'no', false, true],
    ]);
    expect(found?.tasks[0]?.positionOf(['profile'])).toMatchObject({ line: 5 });
    expect(found?.tasks[0]?.spotOf(['profile']).length).toBe(9);
  });
});
