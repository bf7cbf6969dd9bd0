import { seeded } from '../../support/seeded.ts';

/** An inventory that somebody could have, and what is asked of it. Paths are below one folder. */
export interface Generated {
  readonly files: Readonly<Record<string, string>>;
  /** What `-i` is given; a list of hosts has a comma in it. */
  readonly sources: readonly string[];
  readonly extraVars: readonly string[];
  readonly playbookFolder: string | undefined;
  readonly patterns: readonly string[];
}

/** Values as they are written, parted by "¦" and lines. */
const values = (text: string): readonly string[] =>
  text
    .split(/[¦\n]/)
    .map((it) => it.trim())
    .filter((it) => it !== '');

const groups = values('web ¦ dns ¦ eu_west ¦ g-1 ¦ db.main ¦ primary ¦ zone9 ¦ edge');
const hosts = values(
  'ns1 ¦ ns2 ¦ ns3 ¦ web1.example.org ¦ web2.example.org ¦ 10.0.0.7 ¦ 2001:db8::5 ¦ box_4',
);
const ranges = values(
  'ns[1:3] ¦ ns[01:03] ¦ db[a:c] ¦ n[1:5:2]-x[1:2] ¦ web[1:2].example.org ¦ k[:2] ¦ 10.0.0.[7:9]',
);
const names = values('a ¦ b ¦ c ¦ mode ¦ ansible_host ¦ ansible_port ¦ x_1 ¦ inventory_dir ¦ _z');

/** YAML's odd words; Ansible reads them by YAML 1.1. */
const yamlValues = values(String.raw`
  1 ¦ -3 ¦ 0 ¦ 0644 ¦ 0o17 ¦ 1_000 ¦ 0x1F ¦ 0b11 ¦ 01:30 ¦ 1:30 ¦ 12:30:45 ¦ 1e5 ¦ 1.0e+3 ¦ .5 ¦ +.5 ¦ -.5
  1.5 ¦ 1. ¦ 09 ¦ -0x1f ¦ 1_0.5 ¦ 1:30.5 ¦ ~ ¦ null ¦ Null ¦ yes ¦ No ¦ on ¦ OFF ¦ y ¦ N ¦ true ¦ True
  text ¦ two words ¦ "1" ¦ 'yes' ¦ "a\tb" ¦ 'it''s' ¦ "{{ a }}" ¦ 2001-12-14 ¦ [] ¦ {} ¦ [1, yes, x]
  {k: 1, l: {m: [2]}} ¦ é日本 ¦ a#b ¦ /etc/x:y ¦ 1.2.3 ¦ 192.168.1.1 ¦ =x ¦ "x # y" ¦ x # comment ¦ y:z
  0.1 ¦ 1_ ¦ . ¦ + ¦ 0_7
`).concat(['|-\n  two\n  lines', '>\n  one\n  line', '']);

/** What stands behind "=" in an INI file, for one word of a host's line. */
const iniWords = values(String.raw`
  1 ¦ -1 ¦ +1 ¦ 0644 ¦ 1_000 ¦ 0x1F ¦ 1.5 ¦ 1. ¦ .5 ¦ 1e5 ¦ True ¦ False ¦ None ¦ true ¦ yes ¦ "1" ¦ "'1'"
  '"1"' ¦ "two words" ¦ "'two words'" ¦ two\ words ¦ a"b c"d ¦ 'it'"'"'s' ¦ x=y ¦ "" ¦ [1,2]
  "[1, 'b', None]" ¦ "{'k': 1, 2: [3]}" ¦ (1,) ¦ "(1, 2)" ¦ "'a' 'b'" ¦ "'a\\x41'" ¦ "{{ a }}" ¦ 10.0.0.1
  é日本 ¦ /etc/x ¦ a;b ¦ "# no comment" ¦ 'a\b' ¦ "a\b" ¦ "a\"b" ¦ 1,2 ¦ "u'x'" ¦ "b'x'"
`).concat('');

/** The same for a line of a :vars section, where the rest of the line is the value. */
const iniLines = iniWords.concat(
  values(String.raw`
  two words ¦ 'two words' ¦ 23 # an integer ¦ x # no comment ¦ 'x' # y ¦ [1, 2] # z ¦ {'a': {'b': 1}}
  a=b
`),
);

const jsonValues: readonly unknown[] = [
  1,
  -1.5,
  'x',
  '',
  'yes',
  true,
  null,
  [1, 'a'],
  { k: { l: [2] } },
  'é',
  'a: b',
];

/** The inventory of a seed: the same seed, the same inventory. */
export function generate(seed: number): Generated {
  const random = seeded(seed);
  const chance = (share: number): boolean => random() < share;
  const upTo = (most: number): number => Math.floor(random() * (most + 1));
  const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)] as T;
  const some = <T>(from: readonly T[], most: number): T[] => {
    const left = [...from];
    return Array.from({ length: Math.min(upTo(most), from.length) }, () =>
      left.splice(Math.floor(random() * left.length), 1),
    ).flat();
  };
  const files: Record<string, string> = {};
  // Children come later in this order, so that no group contains itself.
  const order = some(groups, groups.length).concat('web', 'dns');
  const all = [...new Set(order)];
  const below = (name: string, most: number): string[] => some(all.slice(all.indexOf(name) + 1), most);
  const entry = (): string => {
    const name = pick(chance(0.3) ? ranges : hosts);
    if (!chance(0.15) || name.startsWith('k[')) return name;
    return name.includes('::') ? `[${name}]:2222` : `${name}:2222`;
  };

  const indent = (text: string, by: string): string => text.replaceAll('\n', `\n${by}`);
  const yamlVars = (by: string, most: number, more: readonly string[] = []): string =>
    [...some(names, most).map((name) => `${name}: ${indent(pick(yamlValues), by)}`), ...more]
      .map((line) => `${by}${line}\n`)
      .join('');
  const priority = (): string[] =>
    chance(0.5) ? [`ansible_group_priority: ${pick(['0', '5', '"10"', '-1'])}`] : [];
  const yamlGroup = (name: string, by: string, depth: number): string => {
    const parts: string[] = [];
    const members = [...new Set(Array.from({ length: upTo(3) }, entry))];
    if (members.length > 0)
      parts.push(
        `${by}hosts:\n${members.map((it) => `${by}  "${it}":\n${yamlVars(`${by}    `, 2)}`).join('')}`,
      );
    const vars = yamlVars(`${by}  `, 3, name === 'all' ? [] : priority());
    if (vars !== '') parts.push(`${by}vars:\n${vars}`);
    const children = depth > 2 ? [] : name === 'all' ? some([...all, 'ungrouped'], 3) : below(name, 2);
    if (children.length > 0)
      parts.push(
        `${by}children:\n${children
          .map(
            (it) =>
              `${by}  ${it}:\n${chance(0.6) && it !== 'ungrouped' ? yamlGroup(it, `${by}    `, depth + 1) : ''}`,
          )
          .join('')}`,
      );
    return some(parts, 3).join('');
  };
  const yaml = (): string => {
    const tops = [...new Set(['all', ...some(all, 3)])].filter((it) => it !== 'all' || chance(0.7));
    return (tops.length === 0 ? ['web'] : tops).map((it) => `${it}:\n${yamlGroup(it, '  ', 0)}`).join('');
  };

  const iniHost = (): string => {
    const words = some(names, 3).map((name) => (chance(0.1) ? `"${name}=a b"` : `${name}=${pick(iniWords)}`));
    return `${entry()} ${words.join(' ')}${chance(0.15) ? ' # comment' : ''}`.trimEnd();
  };
  const ini = (): string => {
    const here = [...new Set([...some(all, 4), 'web'])];
    const sections = here.flatMap((name) => {
      const own = [`[${name}]${chance(0.1) ? ' # x' : ''}`, ...Array.from({ length: upTo(3) }, iniHost)];
      const vars = some(names, 3).map((key) => `${key}${pick(['=', ' = ', '= '])}${pick(iniLines)}`);
      if (chance(0.5)) vars.push(`ansible_group_priority=${pick(['0', '7', '-2'])}`);
      const children = below(name, 2).filter((it) => here.includes(it));
      return [
        own,
        ...(vars.length > 0 ? [[`[${name}:vars]`, ...vars]] : []),
        ...(children.length > 0 ? [[`[${name}:children]`, ...children]] : []),
      ];
    });
    if (chance(0.4))
      sections.push(['[all:vars]', ...some(names, 2).map((key) => `${key}=${pick(iniLines)}`)]);
    const before = Array.from({ length: upTo(2) }, iniHost);
    return [before, ...some(sections, sections.length * 2).concat(here.map((it) => [`[${it}]`]))]
      .map((lines) => `${lines.join('\n')}\n${chance(0.3) ? '; comment\n\n' : ''}`)
      .join('');
  };

  const json = (most: number): Record<string, unknown> =>
    Object.fromEntries(some(names, most).map((name) => [name, pick(jsonValues)]));
  const script = (): string => {
    const body = [...new Set([...some(all, 3), 'web'])].map((name) => {
      const members = some(hosts, 3);
      if (chance(0.3)) return [name, members] as const;
      if (chance(0.1)) return [pick(['box1', 'box2']), json(2)] as const;
      return [
        name,
        {
          hosts: members,
          ...(chance(0.5) ? { vars: json(2) } : {}),
          ...(chance(0.5) ? { children: below(name, 2) } : {}),
        },
      ] as const;
    });
    const hostvars = Object.fromEntries(some(hosts, 4).map((name) => [name, json(2)]));
    const meta = chance(0.6) ? { _meta: { hostvars } } : {};
    const one = hosts.map((name) => `'${name}') cat <<'END'\n${JSON.stringify(json(2))}\nEND\n;;`).join('\n');
    const list = JSON.stringify({ ...Object.fromEntries(body), ...meta });
    return `#!/bin/sh\ncase "$1 $2" in\n'--list '*) cat <<'END'\n${list}\nEND\n;;\n*) case "$2" in\n${one}\n*) echo '{}' ;;\nesac ;;\nesac\n`;
  };

  const kinds: readonly (readonly [ending: string, text: () => string])[] = [
    ['.yml', yaml],
    ['.yaml', yaml],
    ['', ini],
    ['.hosts', ini],
    ['.sh', script],
    ['.json', () => JSON.stringify({ web: { hosts: { ns1: json(3), ns3: null }, vars: json(2) } })],
  ];
  const put = (path: string): string => {
    const [ending, text] = pick(kinds);
    files[`${path}${ending}`] = text();
    return `${path}${ending}`;
  };
  const varsFile = (path: string): void => {
    const ending = pick(['', '.yml', '.yaml', '.json']);
    const text = (): string => (ending === '.json' ? JSON.stringify(json(3)) : yamlVars('', 3));
    if (ending === '' && chance(0.5))
      for (const name of some(['1.yml', '2', 'b.json', 'sub/x.yaml', 'README.md', '.hid.yml', 'z.yml~'], 4))
        files[`${path}/${name}`] = name.endsWith('json') ? JSON.stringify(json(2)) : yamlVars('', 3);
    else files[`${path}${ending}`] = text();
  };
  const varsFolders = (place: string): void => {
    for (const name of some(['all', 'ungrouped', ...all], 3)) varsFile(`${place}/group_vars/${name}`);
    for (const name of some(hosts, 2)) varsFile(`${place}/host_vars/${name}`);
  };

  const sources: string[] = [];
  for (let i = 0; i <= upTo(2); i += 1) {
    const place = chance(0.3) && i > 0 ? 'i0' : `i${i}`;
    if (chance(0.35)) {
      for (let n = 0; n <= upTo(2); n += 1) put(`${place}/d/${pick(['05', '10', 'x'])}${n}`);
      if (chance(0.3)) put(`${place}/d/deep/in`);
      for (const left of some(['old.bak', 'x.ini', '.git', 'notes.md', 'a.cfg~'], 2))
        files[`${place}/d/${left}`] = 'nonsense: [';
      if (chance(0.5)) varsFolders(`${place}/d`);
      sources.push(`${place}/d`);
    } else if (chance(0.1)) sources.push('ns1,ns9:2222,');
    else sources.push(put(`${place}/hosts`));
    if (chance(0.5)) varsFolders(place);
  }
  const playbookFolder = chance(0.4) ? 'play' : undefined;
  if (playbookFolder !== undefined) {
    files['play/site.yml'] = '';
    varsFolders(playbookFolder);
  }
  const extraVars = some(['a=1', "b='two words' c=x", '{"mode": 420, "a": [1]}', '{a: yes}'], 1);

  const plain = [
    ...all,
    ...hosts,
    'all',
    '*',
    'ungrouped',
    'ns*',
    'n?1',
    'ns[!12]',
    '~ns[12]',
    '~.*example',
    'web*',
  ];
  const term = (): string => pick(plain);
  const patterns = Array.from({ length: 6 }, () =>
    pick([
      term,
      () => `${pick(all)}[${pick(['0', '-1', '0:1', '1:', '0:0'])}]`,
      () => `all[${pick(['0', '1', '-1', '0:2', '1:'])}]`,
      () => `${pick(all)}:&${pick(all)}`,
      () => `${pick(all)}:!${pick(all)}`,
      () => `${term()},${term()},!${pick(hosts)}`,
      () => `!${term()},&${term()}`,
    ])(),
  );
  return { files, sources, extraVars, playbookFolder, patterns: [...new Set(patterns)] };
}
