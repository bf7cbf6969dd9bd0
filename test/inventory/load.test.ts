import { describe, expect, test } from 'vitest';
import type { Diagnostic } from '../../src/errors.ts';
import { inventoryGraph, inventoryList, hostVarsJson } from '../../src/inventory/list.ts';
import { loadInventory } from '../../src/inventory/load.ts';
import { loadVarsFolders } from '../../src/inventory/folders.ts';
import { hostVars, magicVars } from '../../src/inventory/vars.ts';
import type { Host, Inventory } from '../../src/inventory/types.ts';
import { files, without } from '../golden/files.ts';
import { golden, findingsOf } from '../golden/golden.ts';

function load(
  text: string,
  more: Readonly<Record<string, string>> = {},
): { inventory: Inventory; folder: string } {
  const folder = files({ 'hosts.yml': text, ...more });
  return { inventory: loadInventory([`${folder}/hosts.yml`]), folder };
}

function host(inventory: Inventory, name: string): Host {
  const found = [...inventory.hosts.values()].find((h) => h.name === name);
  if (found === undefined) throw new Error(`no host ${name}`);
  return found;
}

function values(inventory: Inventory, name: string): Readonly<Record<string, unknown>> {
  return hostVarsJson(inventory, host(inventory, name));
}

function unexpected(finding: Diagnostic): never {
  throw new Error(finding.message);
}

const tree = `
all:
  vars: { env: all }
  hosts:
    lonely.example.org:
  children:
    nameservers:
      children:
        primaries:
          hosts:
            ns1.example.org: { ansible_port: 2222 }
        secondaries:
          vars: { role: secondary }
          hosts:
            ns[2:3].example.org:
resolvers:
  hosts:
    r1.example.org:
    ns3.example.org: { env: host }
`;

describe('groups and hosts', () => {
  test('nest, repeat, and come in the order of the file', () => {
    const { inventory } = load(tree);
    expect([...inventory.hosts.keys()]).toEqual([
      'lonely.example.org',
      'ns1.example.org',
      'ns2.example.org',
      'ns3.example.org',
      'r1.example.org',
    ]);
    expect(host(inventory, 'ns3.example.org').groups).toEqual(['nameservers', 'resolvers', 'secondaries']);
    expect(host(inventory, 'lonely.example.org').groups).toEqual(['ungrouped']);
    expect(values(inventory, 'ns3.example.org')).toEqual({ env: 'host', role: 'secondary' });
    expect(values(inventory, 'ns1.example.org')).toEqual({ ansible_port: 2222, env: 'all' });
  });

  test('are listed and drawn as ansible-inventory does it', () => {
    const { inventory } = load(tree);
    expect(inventoryList(inventory)).toEqual({
      _meta: {
        hostvars: {
          'lonely.example.org': { env: 'all' },
          'ns1.example.org': { ansible_port: 2222, env: 'all' },
          'ns2.example.org': { env: 'all', role: 'secondary' },
          'ns3.example.org': { env: 'host', role: 'secondary' },
          'r1.example.org': { env: 'all' },
        },
      },
      all: { children: ['ungrouped', 'nameservers', 'resolvers'] },
      nameservers: { children: ['primaries', 'secondaries'] },
      primaries: { hosts: ['ns1.example.org'] },
      resolvers: { hosts: ['r1.example.org', 'ns3.example.org'] },
      secondaries: { hosts: ['ns2.example.org', 'ns3.example.org'] },
      ungrouped: { hosts: ['lonely.example.org'] },
    });
    expect(inventoryGraph(inventory).split('\n')).toEqual([
      '@all:',
      '  |--@ungrouped:',
      '  |  |--lonely.example.org',
      '  |--@nameservers:',
      '  |  |--@primaries:',
      '  |  |  |--ns1.example.org',
      '  |  |--@secondaries:',
      '  |  |  |--ns2.example.org',
      '  |  |  |--ns3.example.org',
      '  |--@resolvers:',
      '  |  |--r1.example.org',
      '  |  |--ns3.example.org',
    ]);
  });

  test('a port may stand behind the name', () => {
    const { inventory } = load('all: { hosts: { "ns1:2222": , "2001:db8::1": , "ns[2:3]:53": } }');
    expect(values(inventory, 'ns1')).toEqual({ ansible_port: 2222 });
    expect(values(inventory, '2001:db8::1')).toEqual({});
    expect(values(inventory, 'ns3')).toEqual({ ansible_port: 53 });
  });

  test('hosts on the command line', () => {
    const inventory = loadInventory(['ns1.example.org,ns2.example.org:2222,']);
    expect([...inventory.hosts.keys()]).toEqual(['ns1.example.org', 'ns2.example.org']);
    expect(host(inventory, 'ns1.example.org').at.file).toBe('-i');
    expect(loadInventory(['localhost,']).hosts.size).toBe(1);
  });

  test('a folder of files, sorted, without leftovers', () => {
    const folder = files({
      'inv/02-more.yml': 'all: { vars: { v: two } }',
      'inv/01-hosts.yml': 'all: { vars: { v: one }, hosts: { ns1: } }',
      'inv/03-hosts.yml~': 'all: { hosts: { old: } }',
      'inv/.hidden.yml': 'nonsense',
      'inv/x.retry': 'nonsense',
      'inv/README.md': 'nonsense',
      'inv/group_vars/all.yml': 'w: 1',
      'more.yml': 'extra: { hosts: { ns1: { x: 1 } } }',
    });
    const inventory = loadInventory([`${folder}/inv`, `${folder}/more.yml`]);
    expect([...inventory.hosts.keys()]).toEqual(['ns1']);
    expect(values(inventory, 'ns1')).toEqual({ v: 'two', w: 1, x: 1 });
  });
});

describe('precedence', () => {
  const inventoryText = `
all:
  vars: { a: inventory all }
  children:
    zeta: { vars: { a: zeta, t: zeta }, hosts: { ns1: } }
    alpha:
      vars: { t: alpha, p: alpha, ansible_group_priority: 10 }
      children:
        inner: { vars: { t: inner }, hosts: { ns1: { h: inventory host } } }
    beta: { vars: { p: beta, t: beta }, hosts: { ns1: } }
`;
  // From the weakest to the strongest; each layer sets its own name and all names above it.
  const layers: readonly (readonly [name: string, file: string | undefined])[] = [
    ['group_vars/all of the inventory', 'inv/group_vars/all.yml'],
    ['group_vars/all of the playbook', 'play/group_vars/all.yml'],
    ['group_vars of the inventory', 'inv/group_vars/inner/10-first.yml'],
    ['group_vars of the playbook', 'play/group_vars/inner.yaml'],
    ['host_vars of the inventory', 'inv/host_vars/ns1'],
    ['host_vars of the playbook', 'play/host_vars/ns1.json'],
  ];

  test.each(layers.map((_, i) => i))('layer %i wins over those below it', (top) => {
    const folder = files({
      'inv/hosts.yml': inventoryText,
      ...Object.fromEntries(
        layers.slice(0, top + 1).map(([name, file]) => [file, JSON.stringify({ x: name })]),
      ),
    });
    const inventory = loadInventory([`${folder}/inv/hosts.yml`]);
    const known = { groups: inventory.groups.keys(), hosts: inventory.hosts.keys() };
    const beside = loadVarsFolders(`${folder}/play`, known, { error: unexpected, warn: unexpected });
    const found = hostVars(inventory, host(inventory, 'ns1'), beside).get('x');
    expect(found?.value).toBe(layers[top]?.[0]);
    expect(found?.at.file).toBe(`${folder}/${layers[top]?.[1]}`);
  });

  test('the child over its parent, a later name over an earlier one, a priority over both', () => {
    const folder = files({ 'hosts.yml': inventoryText });
    const inventory = loadInventory([`${folder}/hosts.yml`]);
    expect(host(inventory, 'ns1').groups).toEqual(['beta', 'zeta', 'alpha', 'inner']);
    expect(values(inventory, 'ns1')).toEqual({ a: 'zeta', h: 'inventory host', p: 'alpha', t: 'inner' });
  });

  test('files of a folder are merged in order, and a mapping is replaced as a whole', () => {
    const { inventory } = load('g: { vars: { m: { a: 1 } }, hosts: { ns1: } }', {
      'group_vars/g/20.yml': 'v: second',
      'group_vars/g/10.yml': 'v: first\nm: { b: 2 }',
      'group_vars/g/sub/x.yaml': 'deep: true',
      'group_vars/g/notes.md': 'nonsense',
    });
    expect(values(inventory, 'ns1')).toEqual({ v: 'second', m: { b: 2 }, deep: true });
  });

  test('what confine sets by itself', () => {
    const { inventory, folder } = load(tree);
    const magic = magicVars(inventory, host(inventory, 'ns3.example.org'), '/plays');
    expect(Object.fromEntries([...magic].map(([name, v]) => [name, v.value]))).toMatchObject({
      inventory_hostname: 'ns3.example.org',
      inventory_hostname_short: 'ns3',
      inventory_dir: folder,
      playbook_dir: '/plays',
      group_names: ['nameservers', 'resolvers', 'secondaries'],
      groups: { primaries: ['ns1.example.org'] },
    });
  });
});

describe('what is refused', () => {
  const cases: Readonly<Record<string, string>> = {
    empty: '# nothing\n',
    'a list': '- ns1\n',
    'no group': 'hosts: { ns1: }\n',
    'a list of hosts': 'all:\n  hosts:\n    - ns1\n',
    'a misspelt key': 'all:\n  host: { ns1: }\n',
    'a group beside hosts': 'all:\n  nameservers: { hosts: { ns1: } }\n',
    'a group that is text': 'nameservers: ns1\n',
    'children as a list': 'all: { children: [a, b] }\n',
    'variables that are no mapping': 'all: { vars: [a], hosts: { ns1: 3 } }\n',
    'a host that is an option': 'all:\n  hosts:\n    -oProxyCommand=x:\n',
    'a host with a blank': 'all: { hosts: { "ns 1": } }\n',
    'a bad range': 'all: { hosts: { "ns[3:1]": } }\n',
    'a bad group name': '"a:b": { hosts: { ns1: } }\n',
    'a group in itself': 'a: { children: { b: } }\nb: { children: { c: } }\nc: { children: { a: } }\n',
    'a bad priority': 'a: { vars: { ansible_group_priority: high } }\n',
    'a plugin': 'plugin: aws_ec2\n',
    'a word that is a key only as text': 'all: { vars: { a: { yes: 1 } } }\n',
    'a number that would be rounded': 'all: { vars: { serial: 20261130000000000001 } }\n',
    'a value of Ansible Vault': 'all: { vars: { a: !vault x } }\n',
    tabs: 'all:\n\thosts:\n',
  };

  test('in words that a person understands', () => {
    const texts = Object.entries(cases).map(([name, text]) => {
      const folder = files({ 'hosts.yml': text });
      return `# ${name}\n${without(
        folder,
        findingsOf(() => loadInventory([`${folder}/hosts.yml`])),
      )}`;
    });
    const shown = texts.join('\n\n');
    expect(shown).toBe(golden('inventory', shown));
  });

  test('files that are not there, that are of another kind, empty folders', () => {
    const vault = '$ANSIBLE_VAULT;1.1;AES256\n6162\n';
    const folder = files({ 'empty/.keep': '', 'hosts.toml': 'all = 1', vault, 'vault.ini': vault });
    for (const name of ['vault', 'vault.ini'])
      expect(findingsOf(() => loadInventory([`${folder}/${name}`]))).toContain(
        'Ansible Vault cannot be read',
      );
    expect(findingsOf(() => loadInventory([`${folder}/hosts.toml`]))).toContain('TOML is not read');
    expect(findingsOf(() => loadInventory(['ns1.example.org']))).toContain('write "ns1.example.org,"');
    expect(findingsOf(() => loadInventory([`${folder}/empty`]))).toContain(
      'no inventory file in this folder',
    );
    expect(findingsOf(() => loadInventory(['-oProxyCommand=x,']))).toContain('must not start with "-"');
  });

  test('findings of all files come together', () => {
    const folder = files({
      'a.yml': 'all: { host: }',
      'b.yml': 'all: { hosts: [] }',
      'group_vars/all.yml': '- a list',
    });
    const text = without(
      folder,
      findingsOf(() => loadInventory([`${folder}/a.yml`, `${folder}/b.yml`])),
    );
    expect(text).toContain('a.yml:1:8');
    expect(text).toContain('b.yml:1:15');
    expect(text).toContain('group_vars/all.yml:1:1: a file of variables is a mapping');
  });

  test('two files for one name', () => {
    const both = { 'group_vars/all.yml': 'a: 1', 'group_vars/all/x.yml': 'a: 2' };
    const { inventory, folder } = load('all: { hosts: { ns1: } }', both);
    expect(values(inventory, 'ns1')).toEqual({ a: 2 });
    expect(inventory.warnings.map((it) => [it.at.file, it.message])).toEqual([
      [`${folder}/group_vars/all.yml`, `this is not read: ${folder}/group_vars/all comes first`],
    ]);
  });

  test('what is odd, and of no use, is warned about', () => {
    const { inventory } = load('nameservers: { hosts: { ns1: } }', {
      'group_vars/nameserver.yml': 'a: 1',
      'host_vars/ns2.yml': 'a: 1',
    });
    expect(inventory.warnings.map((w) => [w.message, w.hint])).toEqual([
      ['there is no group "nameserver": this is not read', 'did you mean "nameservers"?'],
      ['there is no host "ns2": this is not read', 'did you mean "ns1"?'],
    ]);
    const odd = load('all: { vars: { my-var: 1, host: 2 }, hosts: { ns1: } }').inventory;
    expect(odd.warnings.map((w) => w.message)).toEqual([
      '"my-var" cannot be the name of a variable',
      'the variable name "host" is taken by confine',
    ]);
    expect(values(odd, 'ns1')).toEqual({ host: 2, 'my-var': 1 });
    expect(load('ns1: { hosts: { ns1: } }').inventory.warnings[0]?.message).toBe(
      '"ns1" is a host and a group',
    );
  });
});

test('the examples that ship say the same in three ways', () => {
  const [yaml, ini, program] = ['yml', 'ini', 'sh'].map((it) => loadInventory([`inventory/example.${it}`]));
  if (!yaml || !ini || !program) throw new Error('three examples');
  expect([...yaml.hosts.keys()]).toHaveLength(4);
  expect(inventoryList(ini)).toEqual(inventoryList(yaml));
  expect(inventoryList(program)).toEqual(inventoryList(yaml));
});
