import { chmodSync, existsSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { emptyDraft } from '../../src/inventory/draft.ts';
import { inventoryList } from '../../src/inventory/list.ts';
import { loadInventory } from '../../src/inventory/load.ts';
import { addScript } from '../../src/inventory/script.ts';
import { files, without } from '../golden/files.ts';
import { findingsOf, golden } from '../golden/golden.ts';

/** A program that notes how it is called, and prints an answer for --list and one for each --host. */
const program = (list: unknown, host: unknown = {}): string => `#!/bin/sh
echo "$@" >>"$0.calls"
case $1 in
--list) echo '${JSON.stringify(list)}' ;;
--host) echo '${JSON.stringify(host)}' ;;
esac
`;

describe('inventory programs', () => {
  test('with _meta are asked once', () => {
    const folder = files({
      'hosts.sh': program({
        _meta: { hostvars: { ns1: { a: 1 }, nowhere: { a: 2 } } },
        nameservers: { hosts: ['ns1', 'ns2'], vars: { b: 'x' }, children: ['edge'] },
        edge: ['ns3'],
        box: { c: true },
      }),
    });
    const inventory = loadInventory([`${folder}/hosts.sh`]);
    expect(inventoryList(inventory)).toEqual({
      _meta: {
        hostvars: { ns1: { a: 1, b: 'x' }, ns2: { b: 'x' }, ns3: { b: 'x' }, box: { c: true } },
      },
      all: { children: ['ungrouped', 'nameservers', 'box'] },
      nameservers: { children: ['edge'], hosts: ['ns1', 'ns2'] },
      edge: { hosts: ['ns3'] },
      box: { hosts: ['box'] },
    });
    expect(readFileSync(`${folder}/hosts.sh.calls`, 'utf8')).toBe('--list\n');
    expect(inventory.groups.get('nameservers')?.vars.get('b')?.at.file).toBe(`${folder}/hosts.sh`);
  });

  test('without _meta are asked for each host', () => {
    const folder = files({ 'hosts.sh': program({ web: ['ns1', 'ns2'] }, { a: 1 }) });
    const { _meta } = inventoryList(loadInventory([`${folder}/hosts.sh`]));
    expect(_meta).toEqual({ hostvars: { ns1: { a: 1 }, ns2: { a: 1 } } });
    expect(readFileSync(`${folder}/hosts.sh.calls`, 'utf8')).toBe('--list\n--host ns1\n--host ns2\n');
  });

  test('lie in a folder of inventories, too; what is no program is data, whatever its mode', () => {
    const folder = files({
      'inv/10.sh': program({ web: ['ns1'] }),
      'inv/20.yml': 'web: { hosts: { ns2: } }\n',
      'inv/30': 'ns3\n',
    });
    chmodSync(`${folder}/inv/20.yml`, 0o755);
    chmodSync(`${folder}/inv/30`, 0o755);
    expect([...loadInventory([`${folder}/inv`]).hosts.keys()]).toEqual(['ns1', 'ns2', 'ns3']);
  });

  test('a file that sh would run is not run', () => {
    const folder = files({ hosts: 'touch ran=1\n' });
    chmodSync(`${folder}/hosts`, 0o755);
    loadInventory([`${folder}/hosts`]);
    expect(existsSync('ran=1')).toBe(false);
  });

  test('what they write to stderr is warned about', () => {
    const folder = files({
      'hosts.sh': '#!/bin/sh\necho \'{"web": ["ns1"], "_meta": {"hostvars": {}}}\'\necho old >&2\n',
    });
    const { warnings } = loadInventory([`${folder}/hosts.sh`]);
    expect(warnings.map((it) => without(folder, it.message))).toEqual([
      '"hosts.sh --list" wrote to stderr: "old"',
    ]);
  });

  const refused: Readonly<Record<string, string>> = {
    'one that fails': '#!/bin/sh\necho asking >&2\necho no credentials >&2\nexit 4\n',
    'one that is killed': '#!/bin/sh\nkill -9 $$\n',
    'no JSON': '#!/bin/sh\necho hello\n',
    nothing: '#!/bin/sh\n',
    'a list': '#!/bin/sh\necho []\n',
    'no interpreter': '#!/no/such/python\n',
    'hosts that are no list': program({ web: { hosts: 'ns1' } }),
    'a host that is an option': program({ web: ['-oProxyCommand=x'] }),
    'variables that are no object': program({ web: { vars: [1] } }),
    'children that are no list': program({ web: { children: 'edge' } }),
    'a bad group': program({ 'a:b': [] }),
    'a bad priority': program({ _meta: {}, web: { vars: { ansible_group_priority: 'high' } } }),
    'bad variables of hosts': program({ web: ['ns1'], _meta: { hostvars: { ns1: [] } } }),
    'bad _meta': program({ _meta: { hostvars: [] } }),
    'a bad answer for a host': program({ web: ['ns1'] }, []),
  };

  test('are refused in words that a person understands', () => {
    const told = Object.entries(refused).map(([name, text]) => {
      const folder = files({ 'hosts.sh': text });
      return `# ${name}\n${without(
        folder,
        findingsOf(() => loadInventory([`${folder}/hosts.sh`])),
      )}`;
    });
    const folder = files({ 'hosts.sh': '#!/bin/sh\n' });
    chmodSync(`${folder}/hosts.sh`, 0o644);
    const plain = findingsOf(() => loadInventory([`${folder}/hosts.sh`]));
    const shown = [...told, `# one that is not executable\n${without(folder, plain)}`].join('\n\n');
    expect(shown).toBe(golden('inventory-script', shown));
  });

  test('one that hangs is ended', () => {
    const folder = files({ 'hosts.sh': '#!/bin/sh\nsleep 60\n' });
    const say = { error: () => {}, warn: () => {} };
    expect(findingsOf(() => addScript(emptyDraft(), `${folder}/hosts.sh`, say, 300))).toContain(
      'took longer than 0.3 seconds, and was ended',
    );
  });
});
