import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { modules } from '../../modules/index.ts';
import { loadInventory } from '../../src/inventory/load.ts';
import { lintTasks } from '../../src/plan/units.ts';
import { checkPlaybooks } from '../../src/playbook/check.ts';
import { compile } from '../../src/playbook/compile.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const playbooks = readdirSync(`${root}/playbooks`).filter((name) => /\.ya?ml$/.test(name));

describe('the playbooks that ship', () => {
  test.each(playbooks)('%s is right, for the example inventory, too', async (name) => {
    const input = { playbooks: [`${root}/playbooks/${name}`], modules };
    const plays = await checkPlaybooks(input);
    expect(plays.flatMap((play) => play.tasks).length).toBeGreaterThan(0);
    const hosts = await compile({ ...input, inventory: loadInventory([`${root}/inventory/example.yml`]) });
    expect(hosts.length).toBeGreaterThan(0);
    expect(lintTasks(hosts, modules)).toEqual({ errors: [], warnings: [] });
  });
});
