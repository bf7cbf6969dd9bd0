import { createTwoFilesPatch } from 'diff';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { appendRules, insertTask, taskAt, type Amendment, type NewRule } from '../../src/audit/amend.ts';
import { spliced } from '../../src/audit/splice.ts';
import type { HostName } from '../../src/brand.ts';
import { parseYaml } from '../../src/yaml/load.ts';
import { valueAt } from '../../src/yaml/values.ts';
import { golden } from '../golden/golden.ts';

const rule = (text: string): NewRule => ({
  text,
  from: {
    hosts: ['ns1' as HostName],
    count: 2,
    first: 1_795_464_208,
    last: 1_795_464_208,
    statements: ['zone a.test'],
  },
});
const rules = [rule('/srv/new/** r,'), rule('"/srv/my zones/it\'s" rw,')];
const book = (text: string) => ({ text, doc: parseYaml(text, 'site.yml') });
const path = [0, 'tasks', 0];

const play = (tasks: string) => `# Name servers\n- name: Harden\n  hosts: all\n  tasks:\n${tasks}`;

/** Lists of rules in every way that people write them. */
const styles: Readonly<Record<string, string>> = {
  'single quotes': play(`    - name: Zones
      apparmor_override:
        profile: named
        rules:
          # all zones
          - '/srv/a/** r,' # for now
          - '/srv/b/** r,' # the last one

    - name: Next
      apparmor_mode: { profile: named, mode: enforce }
`),
  'double quotes, not indented': play(`    - apparmor_override:
        rules:
        - "/srv/a/** r,"
        profile: named
`),
  'no quotes, no newline at the end': play(`    - apparmor_override:
        profile: named
        rules:
          - /srv/a/** r,
          - /srv/b/** r,`),
  'a flow list': play(`    - apparmor_override:
        profile: named
        rules: ['/srv/a/ r,', '/srv/a/** r,'] # two
`),
  'a flow list in a flow mapping': play(
    `    - apparmor_override: { profile: named, rules: ["{{ zones }}/ r,", "{{ zones }}/** r,", ] }\n`,
  ),
  'a flow list over lines': play(`    - apparmor_override:
        profile: named
        rules: [
          '/srv/a/ r,', # the folder
          '/srv/a/** r,' # and all in it
          ]
`),
  'a flow list over lines, with a last comma': play(`    - apparmor_override:
        profile: named
        rules: [
            "/srv/a/ r,",
         ]
        prove: none
`),
  'an anchor': play(`    - apparmor_override:
        profile: named
        rules: &zones
          - '/srv/a/** r,'
      tags: [zones]
`),
  'wide dashes': play(`    -   apparmor_override:
            profile: named
            rules:
            -   '/srv/a/** r,'
`),
};

const after = (text: string, amendment: Amendment): string => {
  if (amendment.is === 'by-hand') throw new Error(amendment.why);
  return spliced(text, amendment.splices);
};
const append = (text: string) => after(text, appendRules(book(text), path, rules));

describe('rules that go into a playbook', () => {
  it.each(
    Object.entries(styles).flatMap(([name, text]) => [
      [name, text],
      [`${name}, with CRLF`, text.replaceAll('\n', '\r\n')],
    ]),
  )('stand behind the others, and nothing else changes: %s', (_, text = '') => {
    const before = valueAt(parseYaml(text, 'site.yml').value, [...path, 'apparmor_override', 'rules']);
    const result = append(text);
    const value = parseYaml(result, 'site.yml').value;
    expect(valueAt(value, [...path, 'apparmor_override', 'rules'])).toEqual([
      ...(Array.isArray(before) ? before : []),
      ...rules.map((it) => it.text),
    ]);
    // Taking out what came in gives every byte back.
    const amendment = appendRules(book(text), path, rules);
    const cuts = amendment.is === 'splices' ? amendment.splices : [];
    let rest = result;
    for (const { at, text: more } of cuts.toSorted((a, b) => a.at - b.at))
      rest = rest.slice(0, at) + rest.slice(at + more.length);
    expect(rest).toBe(text);
    expect(/[^\r]\n/.test(result)).toBe(!text.includes('\r\n'));
  });

  it('look like the rules that were there', () => {
    const diffs = Object.entries(styles).map(([name, text]) =>
      createTwoFilesPatch(name, name, text, append(text), undefined, undefined, { context: 2 }),
    );
    const shown = diffs.join('\n');
    expect(shown).toBe(golden('amend', shown));
  });

  it('are read back as they are, whatever their names', () => {
    const name = fc
      .stringMatching(/^\/[a-z'"#:,&*!|>%@`{}[\]ö -]{1,12}$/)
      .map((it) => `"${it.replaceAll('"', '')}" r,`);
    const style = fc.constantFrom(...Object.values(styles));
    fc.assert(
      fc.property(
        style,
        name.filter((it) => !/\{\{|\{%/.test(it)),
        (text, given) => {
          const result = after(text, appendRules(book(text), path, [rule(given)]));
          const now = valueAt(parseYaml(result, 'site.yml').value, [...path, 'apparmor_override', 'rules']);
          expect(Array.isArray(now) && now.at(-1)).toBe(given);
        },
      ),
    );
  });

  it.each([
    ['a variable', `        rules: "{{ rules }}"\n`, /come from a template/],
    ['no list', `        state: absent\n`, /no list of rules/],
    ['a folded text', `        rules:\n          - >-\n            /a r,\n`, /unusual way/],
    ['an alias as rule', `        rules:\n          - &x /b r,\n          - *x\n`, /share the rules/],
  ])('are left to a person where the rules are %s', (_, lines, why) => {
    const text = play(`    - apparmor_override:\n        profile: named\n${lines}`);
    expect(appendRules(book(text), path, rules)).toMatchObject({
      is: 'by-hand',
      why: expect.stringMatching(why),
      hint: expect.stringContaining('/srv/new/** r,'),
      at: { file: 'site.yml' },
    });
  });

  it('are left to a person where the list is an anchor’s', () => {
    const shared = `- hosts: a\n  vars: { z: &z ['/a r,'], m: &m { profile: named, rules: ['/b r,'] } }\n  tasks:\n`;
    for (const task of ['{ profile: named, rules: *z }', '\n        <<: *m\n        prove: none'])
      expect(appendRules(book(`${shared}    - apparmor_override: ${task}\n`), path, rules)).toMatchObject({
        why: expect.stringContaining('an anchor'),
      });
  });

  it('are left to a person where others share the list', () => {
    const text = `${styles['an anchor']}    - apparmor_override: { profile: x, rules: *zones }\n`;
    expect(appendRules(book(text), path, rules)).toMatchObject({ why: expect.stringContaining('share') });
  });

  it('refuse what would be a template, and lines that end in carriage returns', () => {
    const text = styles['single quotes'] ?? '';
    expect(appendRules(book(text), path, [rule('/a/{{b,c},d} r,')])).toMatchObject({ is: 'by-hand' });
    expect(appendRules(book(text.replaceAll('\n', '\r')), path, rules)).toMatchObject({ is: 'by-hand' });
  });
});

describe('a task of its own', () => {
  const text = play(`    - name: First
      package: { names: [auditd] }

    # The mode comes last.
    - name: Enforce
      apparmor_mode: { profile: named, mode: enforce }
`);

  it('stands before the one that sets the mode, above its comments', () => {
    const amendment = insertTask(book(text), [0, 'tasks', 1], 'named', rules);
    const shown = createTwoFilesPatch(
      'site.yml',
      'site.yml',
      text,
      after(text, amendment),
      undefined,
      undefined,
      {
        context: 2,
      },
    );
    expect(shown).toBe(golden('amend-task', shown));
    expect(parseYaml(after(text, amendment), 'site.yml').value).toMatchObject([
      { tasks: [{}, { apparmor_override: { profile: 'named', rules: rules.map((it) => it.text) } }, {}] },
    ]);
    const windows = text.replaceAll('\n', '\r\n');
    const written = after(windows, insertTask(book(windows), [0, 'tasks', 1], 'named', rules));
    expect(written).toBe(after(text, amendment).replaceAll('\n', '\r\n'));
  });

  it('is left to a person where tasks are a flow list', () => {
    const flow = `- hosts: all\n  tasks: [{ apparmor_mode: { profile: named, mode: enforce } }]\n`;
    expect(insertTask(book(flow), path, 'named', rules)).toMatchObject({ is: 'by-hand' });
  });

  it('is found by the place of its module', () => {
    const { doc } = book(text);
    const at = doc.spot([0, 'tasks', 1, 'apparmor_mode'], 'key').at;
    expect(taskAt(book(text), 'apparmor_mode', at)).toEqual([0, 'tasks', 1]);
    expect(taskAt(book(text), 'apparmor_mode', { ...at, line: 1 })).toBeUndefined();
  });
});
