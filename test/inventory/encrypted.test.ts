import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { HostName } from '../../src/brand.ts';
import type { Diagnostic } from '../../src/errors.ts';
import { inventoryList } from '../../src/inventory/list.ts';
import { loadInventory } from '../../src/inventory/load.ts';
import { hostVars } from '../../src/inventory/vars.ts';
import { extraVars } from '../../src/playbook/extra-vars.ts';
import { inventoryHosts } from '../../src/playbook/hosts.ts';
import { Secret } from '../../src/secret.ts';
import { createTargets } from '../../src/transport/targets.ts';
import { files, without } from '../golden/files.ts';
import { findingsOf, golden } from '../golden/golden.ts';
import { ageKey, sopsStandIn, writeAge, writeSops, type AgeKey } from '../support/encrypted.ts';

const planted = 'planted-sudo-password';
let folder: string;
let key: AgeKey;
const at = (name: string) => join(folder, name);

beforeEach(() => {
  folder = files({
    'hosts.yml':
      'nameservers: { vars: { ansible_user: ops, ansible_become: true }, hosts: { ns1: , ns2: } }\n',
    'group_vars/nameservers.yml': 'ansible_become_password: "{{ vault.sudo }}"\nwho: plain\n',
  });
  key = ageKey(folder);
  vi.stubEnv('SOPS_AGE_KEY_FILE', key.file);
  vi.stubEnv('PATH', `${sopsStandIn(folder)}:${process.env['PATH']}`);
  onTestFinished(() => void vi.unstubAllEnvs());
});

const values = () => {
  const inventory = loadInventory([at('hosts.yml')]);
  const ns1 = inventory.hosts.get(HostName.parse('ns1'));
  if (!ns1) throw new Error('no host');
  return { inventory, get: (name: string) => hostVars(inventory, ns1).get(name) };
};

/** How the first host is reached. */
async function target(more: Parameters<typeof createTargets>[0] = {}) {
  const [ns1] = await inventoryHosts(loadInventory([at('hosts.yml')]), undefined, []);
  if (!ns1) throw new Error('no host');
  const vars = Object.fromEntries(ns1.vars.names().map((name) => [name, ns1.vars.get(name)]));
  const resolved = await createTargets({ noSshConfig: true, ...more }).resolve(ns1.host, vars, { folder });
  if (resolved.is === 'rejected') return without(folder, JSON.stringify(resolved.problems, undefined, 2));
  const { become } = resolved.target;
  return become.is === 'sudo' ? become.password?.reveal() : undefined;
}

describe('sops', () => {
  beforeEach(() =>
    writeSops(at('group_vars/nameservers.sops.yml'), { vault: { sudo: planted }, who: 'open' }, ['who'], key),
  );

  it('its file lies beside a plain one, wins, and is decrypted once, when a password is needed', async () => {
    const { inventory, get } = values();
    expect(get('who')?.value).toBe('open');
    expect(get('who')?.at).toMatchObject({ file: at('group_vars/nameservers.sops.yml'), line: 3 });
    const list = JSON.stringify(inventoryList(inventory));
    expect(list).toContain('"vault":{"sudo":"(secret)"}');
    expect(list).toContain('"ansible_become_password":"{{ vault.sudo }}"');
    expect(list).not.toContain('"sops"');
    expect(existsSync(at('calls'))).toBe(false);

    expect(await target()).toBe(planted);
    expect(readFileSync(at('calls'), 'utf8')).toBe(`${at('group_vars/nameservers.sops.yml')}\n`);
  });

  it('no key is needed where -K gives the password, or where nobody becomes root', async () => {
    const overrides = { becomePassword: new Secret('typed') };
    expect(await target({ overrides })).toBe('typed');
    expect(await target({ overrides: { become: false } })).toBeUndefined();
    expect(existsSync(at('calls'))).toBe(false);
  });

  it('is told by what a file holds, not by its name', () => {
    writeSops(at('group_vars/all.json'), { other: planted }, [], key);
    expect(values().get('other')?.value).toBeInstanceOf(Secret);
  });
});

describe('age', () => {
  it('all that such a file holds is secret, with its place', async () => {
    writeAge(at('group_vars/nameservers.yml.age'), `# of mine\nvault: { sudo: ${planted}, n: 7 }\n`, key);
    const { inventory, get } = values();
    expect(get('vault')?.at).toEqual({ file: at('group_vars/nameservers.yml.age'), line: 2, col: 1 });
    expect(get('vault')?.spot()).not.toHaveProperty('source');
    expect(JSON.stringify(inventoryList(inventory))).toContain('"vault":{"sudo":"(secret)","n":"(secret)"}');
    expect(await target()).toBe(planted);
  });

  it('one in a folder of a group is read, too', async () => {
    mkdirSync(at('group_vars/all'));
    writeAge(at('group_vars/all/vault.yml.age'), `vault: { sudo: ${planted} }\n`, key);
    expect(await target()).toBe(planted);
  });
});

it('a file of age shows no line of it, whatever it is called', () => {
  writeAge(at('vars.age'), `inventory_dir: ${planted}\n`, key);
  const found: Diagnostic[] = [];
  extraVars([`@${at('vars.age')}`], (it) => void found.push(it));
  expect(found).toHaveLength(1);
  expect(JSON.stringify(found)).not.toContain(planted);
});

it('a variable of the environment', async () => {
  writeFileSync(at('group_vars/nameservers.yml'), 'ansible_become_password: { env: FLEET_SUDO }\n');
  const seat = { home: folder, user: 'ops', env: { FLEET_SUDO: planted } };
  expect(await target({ seat })).toBe(planted);
  expect(JSON.stringify(inventoryList(values().inventory))).toContain('{"env":"FLEET_SUDO"}');
});

it('what is wrong is told with the place and the next step, and never with what was decrypted', async () => {
  const shown: string[] = [];
  const tell = (title: string, text: string | undefined) =>
    shown.push(`# ${title}`, without(folder, text ?? '(nothing)').replaceAll(/\S*\/keys\.txt/g, 'keys.txt'));
  const load = () => findingsOf(() => loadInventory([at('hosts.yml')]));

  writeFileSync(at('group_vars/nameservers.sops.yml'), `vault: { sudo: ${planted} }\n`);
  tell('named as if sops had it, and open to all', load());
  writeSops(at('sealed.yml'), { all: { hosts: { ns1: {} } } }, [], key);
  tell(
    'an inventory of sops',
    findingsOf(() => loadInventory([at('sealed.yml')])),
  );
  writeSops(
    at('group_vars/nameservers.sops.yml'),
    { ansible_user: planted, vault: { sudo: planted } },
    [],
    key,
  );
  tell('what is shown comes encrypted', await target());
  writeSops(at('group_vars/nameservers.sops.yml'), { vault: { sudo: planted } }, [], key);
  writeAge(at('group_vars/.nameservers.sops.yml'), `"${planted}`, key);
  tell('sops gives no JSON', await target());
  writeAge(at('group_vars/.nameservers.sops.yml'), '{}', key);
  tell('sops gives something else', await target());
  writeAge(at('group_vars/.nameservers.sops.yml'), JSON.stringify({ vault: { sudo: `${planted}\nx` } }), key);
  tell('a password of two lines', await target());
  const sealed = readFileSync(at('group_vars/nameservers.sops.yml'));

  rmSync(at('group_vars/nameservers.sops.yml'));
  writeAge(at('group_vars/nameservers.yml.age'), `- ${planted}\n`, key);
  tell('age gives a list', load());
  writeAge(at('group_vars/nameservers.yml.age'), `vault: { sudo: ${planted}\n`, key);
  tell('age gives what is no YAML', load());
  writeAge(at('group_vars/nameservers.yml.age'), `inventory_dir: ${planted}\n`, key);
  tell('age gives a name that is taken', load());
  const other = ageKey(files({}));
  vi.stubEnv('SOPS_AGE_KEY_FILE', other.file);
  tell('age with another key', load());
  writeFileSync(at('group_vars/nameservers.yml.age'), '');
  vi.stubEnv('PATH', '/nowhere');
  tell('no age on this machine', load());
  rmSync(at('group_vars/nameservers.yml.age'));
  writeFileSync(at('group_vars/nameservers.sops.yml'), sealed);
  tell('no sops on this machine', await target());
  vi.unstubAllEnvs();
  writeFileSync(at('group_vars/nameservers.yml'), 'ansible_become_password: { env: NOT_SET_ANYWHERE }\n');
  tell('nothing in the environment', await target());

  const text = shown.join('\n');
  expect(text).not.toContain(planted);
  expect(text).toBe(golden('encrypted', text));
});
