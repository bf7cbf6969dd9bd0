import { expect, it } from 'vitest';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { firstSteps, lookAround } from '../../src/cli/first.ts';
import { tmpFolder } from '../support/sshd.ts';
import { golden } from '../golden/golden.ts';

it('confine alone says what to do first, in a few lines', () => {
  const texts = [
    firstSteps({ inventory: undefined, playbooks: [] }),
    firstSteps({ inventory: 'inventory', playbooks: ['playbooks/a.yml', 'playbooks/b.yml'] }),
  ];
  for (const text of texts) expect(text.split('\n').length).toBeLessThan(15);
  const text = texts.join('\n\n');
  expect(text).toBe(golden('first-steps', text));
});

it('finds playbooks and inventories of every form', () => {
  const folder = tmpFolder('first');
  mkdirSync(join(folder, 'playbooks'));
  for (const name of ['playbooks/a.yml', 'playbooks/b.ts', 'playbooks/README.md', 'hosts.ini'])
    writeFileSync(join(folder, name), '');
  expect(lookAround(folder)).toEqual({
    inventory: 'hosts.ini',
    playbooks: ['playbooks/a.yml', 'playbooks/b.ts'],
  });
});
