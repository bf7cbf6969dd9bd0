import { symlinkSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { expect, it } from 'vitest';
import { files } from '../../golden/files.ts';
import { confine, type Ran } from '../../support/confine.ts';
import { blocksOf, fileOn, pages, type Block } from '../../support/pages.ts';

const indented = (text: string): string => text.replaceAll(/^(?=.)/gm, '    ');
const play = '- hosts: all\n  become: true\n  tasks:\n';

/**
 * What `confine check` makes of a block of YAML or TypeScript by what stands behind its language: nothing or a path of a
 * playbook, `task` (one, or its key alone), `play` (without its tasks), `inventory`, or `variables` of a group. Files of a
 * module are checked together, by a test of their own; `other` is nothing of confine's.
 */
function checked({ language, about, text }: Pick<Block, 'language' | 'about' | 'text'>): Promise<Ran> {
  const file = about.includes('.') ? basename(about) : language === 'ts' ? 'site.ts' : 'site.yml';
  const check = (contents: Readonly<Record<string, string>>, ...more: readonly string[]): Promise<Ran> => {
    const folder = files(contents);
    const [first = ''] = Object.keys(contents);
    return confine([
      'check',
      join(folder, first),
      ...more.map((it) => join(folder, it)).flatMap((it) => ['-i', it]),
    ]);
  };
  const task = `${play}    - package: { names: [auditd] }\n`;
  switch (about) {
    case 'task':
      return check({
        [file]: play + indented(text.startsWith('- ') ? text : `- ${text.replaceAll('\n', '\n  ')}`),
      });
    case 'play':
      return check({ [file]: `${text}  tasks:\n    - package: { names: [auditd] }\n` });
    case 'inventory':
      return check({ [file]: task, 'hosts.yml': text }, 'hosts.yml');
    case 'variables':
      return check(
        {
          [file]: task,
          'hosts.yml': 'nameservers: { hosts: { ns1: } }\n',
          'group_vars/nameservers.yml': text,
        },
        'hosts.yml',
      );
    default:
      if (about !== '' && file !== about) throw new Error(`nobody knows how to check a block of "${about}"`);
      return check({ [file]: text });
  }
}

// That page has its own checked by its commands, with its module.
const byThemselves = 'docs/own-modules.md';
const blocks = pages
  .filter((it) => it !== byThemselves)
  .flatMap((page) =>
    blocksOf(page)
      .filter(
        (it) => ['yaml', 'ts'].includes(it.language) && it.about !== 'other' && dirname(it.about) === '.',
      )
      .map((block) => ({ where: `${page}:${block.line}`, about: block.about, block })),
  );

it.each(blocks)('$where $about is right', async ({ block }) => {
  const { code, stderr } = await checked(block);
  expect(stderr).toMatch(/tasks? (is|are) right/);
  expect(code).toBe(0);
});

it('a block that confine would not take is seen', async () => {
  const wrong = async (about: string, text: string) =>
    (await checked({ language: 'yaml', about, text })).stderr;
  expect(await wrong('task', 'apparmor_mode: { profile: named, mode: enforced }\n')).toContain(
    '"mode" must be one of',
  );
  expect(await wrong('task', '- name: Enforce\n  aparmor_mode: {}\n')).toContain('aparmor_mode');
  expect(await wrong('play', '- hosts: all\n  seriall: 1\n')).toContain('seriall');
  expect(await wrong('inventory', 'nameservers: { host: { ns1: } }\n')).toContain('"host"');
  expect(await wrong('variables', 'a: 1\na: 2\n')).toContain('nameservers.yml:2:1');
  expect(() => checked({ language: 'yaml', about: 'tusk', text: '' })).toThrow('tusk');
});

it('the module of CONTRIBUTING.md comes out in its cases as they say', async () => {
  const names = ['modules/motd/motd.ts', 'modules/motd/cases.yml'];
  const folder = files(Object.fromEntries(names.map((it) => [it, fileOn('CONTRIBUTING.md', it)])));
  for (const it of ['src', 'node_modules', 'package.json']) symlinkSync(resolve(it), join(folder, it));
  const ran = await confine(['check', join(folder, 'modules/motd/cases.yml'), '-M', join(folder, 'modules')]);
  expect(ran).toMatchObject({ code: 0, stderr: expect.stringContaining('1 case is right') });
});
