import { describe, expect, it } from 'vitest';
import { files, without } from '../../golden/files.ts';
import { golden } from '../../golden/golden.ts';
import { confine } from '../../support/confine.ts';
import { inSync } from '../../support/inventory.ts';

const book = (Service: string) =>
  `- hosts: all
  tasks:
    - name: Sandbox
      systemd_dropin:
        unit: named.service
        name: 50-confine
        settings:
          Service:
            ${Service}
`;

/** What check says of files in a folder of their own. */
async function checked(contents: Readonly<Record<string, string>>, ...args: readonly string[]) {
  const folder = files(contents);
  const ran = await confine(['check', ...args.map((it) => (it.startsWith('-') ? it : `${folder}/${it}`))]);
  return { code: ran.code, stdout: ran.stdout, text: without(folder, ran.stderr) };
}

describe('check of unit files', () => {
  const two = {
    'named.service.d/10-user.conf': '[Service]\nUser=bind\n',
    'named.service.d/20-port.conf': '[Service]\nAmbientCapabilities=CAP_NET_BIND_SERVICE\nTasksMax=20\n',
    'named.service.d/README': 'no unit file',
    'play.yml': inSync,
  };

  it('judges a folder as a whole; warnings go to stderr, and exit is 0', async () => {
    const { code, stdout, text } = await checked(two, 'named.service.d');
    expect(text).toBe(golden('check-units', text));
    expect([code, stdout]).toEqual([0, '']);
  });

  it('rejects a file by itself that needs another one', async () => {
    const { code, text } = await checked(two, 'named.service.d/10-user.conf');
    expect(code).toBe(3);
    expect(text).toMatch(/^named\.service\.d\/10-user\.conf:2:1: User=bind without AmbientCapabilities=/);
  });

  it('takes playbooks beside them, and shows the errors of all', async () => {
    expect(await checked(two, 'play.yml', 'named.service.d/')).toMatchObject({
      code: 0,
      text: expect.stringMatching(/2 unit files are right, 1 to look at\nplay\.yml: 1 task is right/),
    });
    const bad = { 'a.conf': '[Service]\nPrivateNetwork=yes\n', 'play.yml': 'x: 1\n' };
    const { code, text } = await checked(bad, 'play.yml', 'a.conf');
    expect(code).toBe(3);
    expect(text).toMatch(/^a\.conf:2:1: [^]*^play\.yml:1:1: [^]*^2 problems$/m);
  });

  it.each([
    ['missing.conf', /^missing\.conf:1:1: there is no such file/],
    ['missing.service.d', /^missing\.service\.d:1:1: there is no such file/],
    ['empty.service.d', /^empty\.service\.d:1:1: there is no \.conf in this folder/],
  ])('rejects %s', async (path, told) => {
    const { code, text } = await checked({ 'empty.service.d/README': '' }, path);
    expect([code, text]).toEqual([3, expect.stringMatching(told)]);
  });
});

it('warns once of a playbook that hosts are held against, and of the inventory', async () => {
  const { code, text } = await checked(
    {
      'hosts.yml': 'all:\n  hosts:\n    x.invalid:\n    y.invalid:\n',
      'group_vars/nosuch.yml': 'a: 1\n',
      'play.yml': book('TasksMax: 20'),
    },
    'play.yml',
    '-i',
    'hosts.yml',
    '--host=x.invalid',
  );
  expect(text.match(/TasksMax=20 is enough/g)).toHaveLength(1);
  expect(text.match(/group_vars\/nosuch\.yml/g)).toHaveLength(1);
  expect(text).toContain('play.yml: 1 task is right, for 1 host\n');
  expect(code).toBe(4);
});

describe('a comment that allows what a rule forbids', () => {
  const allow = '# confine: allow tasks-max-many-cores';

  it.each([
    ['above', `${allow}\n            TasksMax: 20`],
    ['behind', `TasksMax: 20 ${allow}`],
  ])('is heard in a playbook %s its setting', async (_, setting) => {
    const { code, text } = await checked({ 'play.yml': book(setting) }, 'play.yml');
    expect([code, text]).toEqual([0, 'play.yml: 1 task is right, without an inventory\n']);
  });

  it.each([
    ['play.yml', book(`UMask: '0027' ${allow}`)],
    ['a.conf', `[Service]\n${allow}\nUMask=0027\n`],
  ])('is told of where it is of no use: %s', async (path, content) => {
    const { code, text } = await checked({ [path]: content }, path);
    expect(code).toBe(0);
    expect(text).toMatch(/^\S+:\d+:\d+: warning: nothing here breaks the rule tasks-max-many-cores\n/);
  });
});

describe('the drop-ins of a playbook', () => {
  const hosts = 'all: { hosts: { ns1: } }\n';
  const args = [[], ['-i', 'hosts.yml']];

  it.each(args)('that break named are rejected at their setting %s', async (...more) => {
    const contents = { 'play.yml': book('PrivateNetwork: true'), 'hosts.yml': hosts };
    const { code, text } = await checked(contents, 'play.yml', ...more);
    expect(code).toBe(3);
    expect(text).toMatch(/^play\.yml:9:13: PrivateNetwork=yes: named sees[^]*\n {6}\| +\^{14}\n/);
    expect(text).not.toContain('problems');
  });

  it.each(args)('are warned of once %s', async (...more) => {
    const contents = { 'play.yml': book('TasksMax: 20'), 'hosts.yml': hosts };
    const { code, text } = await checked(contents, 'play.yml', ...more);
    expect(code).toBe(0);
    expect(text.match(/play\.yml:9:13: warning: TasksMax=20/g)).toHaveLength(1);
  });

  it('are not judged in part: what only an inventory knows could hold what the others lack', async () => {
    const settings = '{ Service: { AmbientCapabilities: "{{ capability }}" } }';
    const contents = {
      'play.yml': `${book('User: bind')}    - systemd_dropin: { unit: named.service, name: 60-port, settings: ${settings} }\n`,
      'right.yml': 'all: { hosts: { ns1: { capability: CAP_NET_BIND_SERVICE } } }\n',
      'wrong.yml': 'all: { hosts: { ns1: { capability: CAP_CHOWN } } }\n',
    };
    expect(await checked(contents, 'play.yml')).toMatchObject({ code: 0 });
    expect(await checked(contents, 'play.yml', '-i', 'right.yml')).toMatchObject({ code: 0 });
    const { code, text } = await checked(contents, 'play.yml', '-i', 'wrong.yml');
    expect(code).toBe(3);
    expect(text).toMatch(/^play\.yml:9:13: User=bind without AmbientCapabilities=/);
  });

  it('reject a plan before any host is dialled', async () => {
    const folder = files({
      'play.yml': book('PrivateNetwork: true'),
      'hosts.yml': 'all: { hosts: { ns1: { ansible_host: 192.0.2.1 } } }\n',
    });
    for (const command of [['plan'], ['apply', '--yes']]) {
      const ran = await confine([...command, `${folder}/play.yml`, '-i', `${folder}/hosts.yml`]);
      expect(ran).toMatchObject({
        code: 3,
        stdout: '',
        stderr: expect.stringContaining('PrivateNetwork=yes'),
      });
    }
  });
});
