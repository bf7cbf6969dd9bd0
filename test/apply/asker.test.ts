import { execFileSync } from 'node:child_process';
import { expect, it } from 'vitest';
import { shellSource } from '../../src/observe/observe.ts';

const asker = (shell: string, env: Readonly<Record<string, string>>) =>
  execFileSync('sh', ['-c', shell, 'sh', `${shellSource('apply/asker.sh')}\nasker alice@ws`], {
    env: { PATH: process.env['PATH'], ...env },
    encoding: 'utf8',
  });
const from = { SSH_CONNECTION: '192.0.2.7 50000 192.0.2.1 22' };

it('who asks is told with the address of the session', () => {
  expect(asker('sh -c "$1"', from)).toBe('alice@ws from 192.0.2.7\n');
});

it('the address is found behind sudo, which takes the environment away', () => {
  expect(asker('env -i sh -c "$1"; :', from)).toBe('alice@ws from 192.0.2.7\n');
});
