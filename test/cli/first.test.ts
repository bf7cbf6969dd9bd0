import { expect, it } from 'vitest';
import { firstSteps } from '../../src/cli/first.ts';
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
