import { dump, load } from 'js-yaml';
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { modules } from '../../modules/index.ts';
import { loadInventory } from '../../src/inventory/load.ts';
import { checkPlaybooks } from '../../src/playbook/check.ts';
import { compile } from '../../src/playbook/compile.ts';
import { files, without } from '../golden/files.ts';
import { findingsOfAsync, golden } from '../golden/golden.ts';

const start = `import { definePlaybook } from 'confine';\n\nexport default definePlaybook`;
const play = (tasks: string, more = ''): string =>
  `${start}([{ name: 'Test', hosts: 'all',${more} tasks: [\n  ${tasks}\n] }]);\n`;

/** What a person is told of a playbook in TypeScript. */
async function told(text: string): Promise<string> {
  const folder = files({ 'site.ts': text });
  const said = await findingsOfAsync(() => checkPlaybooks({ playbooks: [`${folder}/site.ts`], modules }));
  return without(folder, said);
}

it('is what the same playbook in YAML is', async () => {
  const shipped = load(readFileSync('playbooks/harden-bind.yml', 'utf8'));
  const folder = files({
    'site.yml': dump(shipped),
    'site.ts': `${start}(${JSON.stringify(shipped, undefined, 2)});\n`,
    'hosts.yml': 'nameservers: { hosts: { ns1: } }\n',
  });
  const inventory = loadInventory([`${folder}/hosts.yml`]);
  const [yaml, ts] = await Promise.all(
    ['site.yml', 'site.ts'].map((name) => compile({ playbooks: [`${folder}/${name}`], modules, inventory })),
  );
  const data = (hosts: typeof yaml) =>
    JSON.parse(JSON.stringify(hosts, (key, it: unknown) => (key === 'at' ? undefined : it))) as unknown;
  expect(ts?.[0]?.tasks.length).toBeGreaterThan(3);
  expect(data(ts)).toEqual(data(yaml));
  // The places are those of its own text: each task where its module stands.
  const lines = readFileSync(`${folder}/site.ts`, 'utf8').split('\n');
  for (const { at, module } of ts?.[0]?.tasks ?? [])
    expect(lines[at.line - 1]?.slice(at.col - 1)).toMatch(new RegExp(`^"${module}"`));
});

it.each([
  ['a misspelt key', play(`{ name: 'Enforce', apparmor_mode: { profle: 'named', mode: 'enforce' } },`)],
  [
    'a wrong value',
    play(`{ package: { names: ['dig'] } },\n  { apparmor_mode: { profile: 'named', mode: 'enforced' } },`),
  ],
  ['a template that is none', play(`{ package: { names: ['{{ nosuch | nofilter }}'] } },`)],
  ['a misspelt module', play(`{ pakage: { names: ['dig'] } } as never,`)],
  [
    'tasks that are computed',
    play(
      `...['auditd', 'dnsutils'].map((it) => ({ package: { names: [it] } })),\n  { service: { unit: 7 as never } },`,
    ),
  ],
  ['a key of a play', play('', ' seriel: 1,')],
  ['a function', play(`{ package: { names: ['dig'] }, when: (() => true) as never },`)],
  ['what throws', `${play('')}throw new Error('no such luck');\n`],
  ['no default export', 'export const plays = [];\n'],
  ['one play, and no list', `export default { hosts: 'all', tasks: [] };\n`],
  ['no plays', 'export default [];\n'],
])('told with the line, where it is certain, and the path: %s', async (name, text) => {
  const said = await told(text);
  expect(said).toBe(golden(`typescript-${name.replaceAll(/\W+/g, '-')}`, said));
});

it('members that are undefined are left out, as in YAML', async () => {
  const folder = files({ 'site.ts': play(`{ service: { unit: 'named.service', enabled: undefined } },`) });
  const [checked] = await checkPlaybooks({ playbooks: [`${folder}/site.ts`], modules });
  expect(checked?.tasks[0]?.params).toEqual({ is: 'known', value: { unit: 'named.service' } });
});

it('a comment allows what breaks a rule about units, as in YAML', async () => {
  const { silencersOf } = await import('../../src/lint/silence.ts');
  expect(
    silencersOf('site.ts', '// confine: allow some-rule\nx: 1,\ny: 2, // confine: allow other-rule\n'),
  ).toMatchObject([
    { line: 2, rules: [{ id: 'some-rule' }] },
    { line: 3, rules: [{ id: 'other-rule' }] },
  ]);
});
