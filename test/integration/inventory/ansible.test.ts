import { spawnSync } from 'node:child_process';
import { createPatch } from 'diff';
import { expect, it } from 'vitest';
import { loadVarsFolders } from '../../../src/inventory/folders.ts';
import { inventoryList } from '../../../src/inventory/list.ts';
import { loadInventory } from '../../../src/inventory/load.ts';
import { matchHosts } from '../../../src/inventory/patterns.ts';
import type { Inventory } from '../../../src/inventory/types.ts';
import { extraVars } from '../../../src/playbook/extra-vars.ts';
import { isMapping } from '../../../src/yaml/values.ts';
import { files } from '../../golden/files.ts';
import { generate, type Generated } from './generate.ts';

/** More of them, or others, by hand: CONFINE_INVENTORIES=2000 CONFINE_SEED=7. */
const count = Number(process.env['CONFINE_INVENTORIES'] ?? 100);
const firstSeed = Number(process.env['CONFINE_SEED'] ?? 1);

interface Answer {
  readonly list: unknown;
  readonly hosts: Readonly<Record<string, readonly string[] | null>>;
  readonly said: readonly string[];
}

/** What the real ansible-inventory says of inventories. */
function ask(requests: readonly unknown[]): readonly Answer[] {
  const home = files({ 'ansible.cfg': '' });
  const { status, stdout, stderr } = spawnSync('/usr/bin/python3', ['test/integration/inventory/oracle.py'], {
    input: requests.map((it) => `${JSON.stringify(it)}\n`).join(''),
    encoding: 'utf8',
    maxBuffer: 1024 ** 3,
    // No settings of this machine or person, and no facts of earlier runs.
    env: { PATH: process.env['PATH'], HOME: home, LC_ALL: 'C.UTF-8', ANSIBLE_CONFIG: `${home}/ansible.cfg` },
  });
  if (status !== 0) throw new Error(`ansible-inventory: exit ${status}\n${stderr}`);
  return stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Answer);
}

const unexpected = (finding: { message: string }): never => {
  throw new Error(finding.message);
};

/** What confine says of the same. */
function read(sources: readonly string[], it: Generated, playbookFolder: string | undefined) {
  const inventory = loadInventory(sources);
  const known = { groups: inventory.groups.keys(), hosts: inventory.hosts.keys() };
  const say = { error: unexpected, warn: () => {} };
  const folders = playbookFolder === undefined ? undefined : loadVarsFolders(playbookFolder, known, say);
  const extra = extraVars(it.extraVars, unexpected);
  return {
    inventory,
    list: JSON.parse(JSON.stringify(inventoryList(inventory, { folders, extra }))) as unknown,
  };
}

/** JSON with its keys in order. */
const sorted = (value: unknown): string =>
  JSON.stringify(
    value,
    (_, it: unknown) =>
      isMapping(it) ? Object.fromEntries(Object.entries(it).toSorted(([a], [b]) => (a < b ? -1 : 1))) : it,
    2,
  );

/**
 * Ansible takes the groups of a level from a set, so behind two groups with children their order differs from run to
 * run. Where it does not, that of the hosts is compared, too.
 */
const ordered = ({ groups }: Inventory): boolean =>
  [...groups.values()].filter(({ name, children }) => name !== 'all' && children.length > 0).length < 2;

it('says of generated inventories what ansible-inventory says', { timeout: 3_600_000 }, () => {
  const made = Array.from({ length: count }, (_, i) => {
    const seed = firstSeed + i;
    const it = generate(seed);
    const folder = files(it.files);
    const below = (path: string): string => (path.includes(',') ? path : `${folder}/${path}`);
    const playbook = it.playbookFolder === undefined ? undefined : below(it.playbookFolder);
    return { seed, it, sources: it.sources.map(below), playbook };
  });
  const answers = ask(
    made.map(({ it, sources, playbook }) => ({
      args: [
        ...sources.flatMap((source) => ['-i', source]),
        ...it.extraVars.flatMap((text) => ['-e', text]),
        ...(playbook === undefined ? [] : ['--playbook-dir', playbook]),
      ],
      patterns: it.patterns,
    })),
  );
  const differ: string[] = [];
  let matched = 0;
  for (const [i, { seed, it, sources, playbook }] of made.entries()) {
    const answer = answers[i];
    try {
      expect(answer?.said.filter((text) => /parse|execution/i.test(text))).toEqual([]);
      const { inventory, list } = read(sources, it, playbook);
      const theirList = sorted(answer?.list);
      if (sorted(list) !== theirList) throw new Error(createPatch('list', theirList, sorted(list)));
      for (const pattern of it.patterns) {
        const { hosts, problems } = matchHosts(inventory, pattern);
        const theirs = answer?.hosts[pattern];
        // confine rejects a term without hosts, where Ansible warns and goes on.
        if (problems.length > 0 || !theirs || (!ordered(inventory) && pattern.endsWith(']'))) continue;
        matched += 1;
        const ours = hosts.map(({ name }) => name);
        expect([pattern, ordered(inventory) ? ours : ours.toSorted()]).toEqual([
          pattern,
          ordered(inventory) ? theirs : theirs.toSorted(),
        ]);
      }
    } catch (error) {
      differ.push(`seed ${seed}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  expect(differ, `${differ.length} of ${count} differ:\n${differ.slice(0, 3).join('\n')}`).toEqual([]);
  expect(matched).toBeGreaterThan(count);
});
