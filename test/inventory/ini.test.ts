import { describe, expect, test } from 'vitest';
import { hostVarsJson, inventoryList } from '../../src/inventory/list.ts';
import { pythonLiteral } from '../../src/inventory/literal.ts';
import { loadInventory } from '../../src/inventory/load.ts';
import { splitWords } from '../../src/inventory/words.ts';
import { files, without } from '../golden/files.ts';
import { findingsOf, golden } from '../golden/golden.ts';

const load = (text: string) => {
  const folder = files({ hosts: text });
  return { folder, inventory: loadInventory([`${folder}/hosts`]) };
};

const sample = `
lonely.example.org
[nameservers:children]
secondaries
primaries

[nameservers:vars]
port = 53       ; an integer, and a text behind it
log = 5         # an integer
[primaries]
ns1.example.org:2222 role=primary tags="['a', 'b']"
[secondaries]
ns[2:3].example.org role="two words"# a comment
`;

describe('INI', () => {
  test('is groups, children and variables', () => {
    const { inventory } = load(sample);
    expect(inventoryList(inventory)).toEqual({
      _meta: {
        hostvars: {
          'ns1.example.org': {
            ansible_port: 2222,
            log: 5,
            port: '53       ; an integer, and a text behind it',
            role: 'primary',
            tags: ['a', 'b'],
          },
          'ns2.example.org': { log: 5, port: expect.any(String), role: 'two words' },
          'ns3.example.org': { log: 5, port: expect.any(String), role: 'two words' },
        },
      },
      all: { children: ['ungrouped', 'nameservers'] },
      // A child counts from its own section on, wherever it was named.
      nameservers: { children: ['primaries', 'secondaries'] },
      primaries: { hosts: ['ns1.example.org'] },
      secondaries: { hosts: ['ns2.example.org', 'ns3.example.org'] },
      ungrouped: { hosts: ['lonely.example.org'] },
    });
  });

  test('knows the place of every variable, and of a part of it', () => {
    const { folder, inventory } = load(sample);
    const group = inventory.groups.get('nameservers')?.vars.get('log');
    expect(group?.at).toEqual({ file: `${folder}/hosts`, line: 9, col: 1 });
    expect(group?.spot().at).toMatchObject({ line: 9, col: 7 });
    const [host] = [...inventory.hosts.values()].filter(({ name }) => name.startsWith('ns1'));
    const tags = host?.vars.get('tags');
    expect(tags?.at).toMatchObject({ line: 11, col: 35 });
    expect(tags?.spot([1], 'b').at).toMatchObject({ line: 11, col: 48 });
    expect(host?.at).toMatchObject({ line: 11, col: 1 });
  });

  test('a port counts where a host is named first', () => {
    const { inventory } = load('[a]\nns1:22\n[b]\nns1:2222 x=1\n[2001:db8::1]:53\n');
    const [ns1, v6] = [...inventory.hosts.values()];
    expect(ns1 && hostVarsJson(inventory, ns1)).toEqual({ ansible_port: 22, x: 1 });
    expect(v6?.name).toBe('2001:db8::1');
  });

  const refused: Readonly<Record<string, string>> = {
    'a quote that is left open': '[web]\nns1 a="x\n',
    'a backslash at the end': 'ns1 a=x\\\n',
    'a word that is no variable': '[web]\nns1 ns2\n',
    'a bad range': '[web]\nns[3:1]\n',
    'a colon without a port': '[web]\nns1:\n',
    'a port where none can be': '[web]\nns1:x:22\n',
    'a line that sets nothing': '[web]\n[web:vars]\nport 53\n',
    'a kind of section that is not there': '[web:child]\nns1\n',
    'blanks in a section': '[web servers]\nns1\n',
    'a comment of the other kind behind a section': '[web] ; hosts\nns1\n',
    'children that are nowhere': '[all:children]\nwed\n[web]\nns1\n',
    'variables of a group that is nowhere': '[wed:vars]\na=1\n[web]\nns1\n',
    'a host among children': '[web:children]\nns1 a=1\n',
    'a bad priority': '[web]\nns1\n[web:vars]\nansible_group_priority=high\n',
    'a number that would be rounded': '[web]\nns1 serial=20261130000000000001\n',
    'a set': '[web]\nns1 a={1,2}\n',
    'a control character': '[web]\nns1 a=\x07\n',
    YAML: '[web]\n---\nns1\n',
    'a group in itself': '[a:children]\nb\n[b:children]\na\n[a]\n[b]\n',
  };

  test('is refused in words that a person understands', () => {
    const told = Object.entries(refused).map(([name, text]) => {
      const folder = files({ hosts: text });
      return `# ${name}\n${without(
        folder,
        findingsOf(() => loadInventory([`${folder}/hosts`])),
      )}`;
    });
    const shown = told.join('\n\n');
    expect(shown).toBe(golden('inventory-ini', shown));
  });

  test('is told from YAML by the ending, by a section, or by not being YAML', () => {
    const ini = 'ns1 a=1\nns2\n';
    const folder = files({
      plain: ini,
      'hosts.prod': ini,
      'odd.yml': `[web]\n${ini}`,
      yaml: 'web: { hosts: { ns1: { a: 1 }, ns2: } }',
      comments: '# nobody yet\n',
      broken: 'web:\n  hosts:\n   ns1:\n    - [\n',
    });
    for (const name of ['plain', 'hosts.prod', 'odd.yml', 'yaml'])
      expect([...loadInventory([`${folder}/${name}`]).hosts.keys()]).toEqual(['ns1', 'ns2']);
    expect(loadInventory([`${folder}/comments`]).hosts.size).toBe(0);
    expect(findingsOf(() => loadInventory([`${folder}/broken`]))).toContain('this [ is not closed');
  });
});

describe('words of a line', () => {
  test.each([
    ['a b', ['a', 'b']],
    ['a="b c"d', ['a=b cd']],
    [`'a "b'`, ['a "b']],
    ['a\\ b \\#', ['a b', '#']],
    ['"a\\"b\\n"', ['a"b\\n']],
    ['a #b', ['a']],
    ['a#b', ['a']],
    ['"#" \'\'', ['#', '']],
  ])('%s', (line, expected) => {
    const split = splitWords(line);
    expect(split.is === 'words' && split.words.map((it) => it.text)).toEqual(expected);
  });
});

describe('Python literals', () => {
  test.each([
    ['1_000', 1000],
    ['0x1F', 31],
    ['-.5', -0.5],
    ['1e3', 1000],
    ['True', true],
    ['None', null],
    [`'a' "b"`, 'ab'],
    [`"\\x41\\u00e9\\101\\q"`, 'AéA\\q'],
    [`r'\\d'`, '\\d'],
    [`b'x'`, 'x'],
    [`'''it's'''`, "it's"],
    ['[1, [2,],]', [1, [2]]],
    ['(1,)', [1]],
    ['(1)', 1],
    ['1, 2', [1, 2]],
    [`{'a': 1, 2: None, True: (), 1.0: 'x'}`, { a: 1, 2: null, true: [], '1.0': 'x' }],
    ['23 # comment', 23],
  ])('%s', (text, value) => {
    expect(pythonLiteral(text)).toEqual({ is: 'value', value });
  });

  test.each([
    '',
    'true',
    '0644',
    '1__0',
    '10.0.0.1',
    '--1',
    '[1',
    '[,]',
    "'x",
    "'a' b",
    '1 2',
    '{{ a }}',
    "'\\x4'",
  ])('%s is a text', (text) => {
    expect(pythonLiteral(text)).toEqual({ is: 'text' });
  });

  test.each(['{1}', '{[1]: 2}', '12345678901234567890', '1e999', '['.repeat(100), "'\\N{DASH}'"])(
    '%s can be no value',
    (text) => {
      expect(pythonLiteral(text).is).toBe('bad');
    },
  );
});
