import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { installHint, labTools } from '../../src/lab/tools.ts';

it('the hint names each package once', () => {
  expect(installHint(['ssh-keygen', 'ssh', 'mmdebstrap'])).toBe(
    'sudo apt-get install --no-install-recommends mmdebstrap openssh-client',
  );
});

it('scripts/setup installs every package of the lab that a plain Debian lacks', () => {
  const alwaysThere = new Set(['apt', 'bash', 'mount', 'tar', 'util-linux']);
  const setup = readFileSync('scripts/setup', 'utf8');
  const packages = new Set(Object.values(labTools).filter((name) => !alwaysThere.has(name)));
  for (const name of packages) expect(setup).toMatch(new RegExp(`^/\\S+ ${name} lab`, 'm'));
});
