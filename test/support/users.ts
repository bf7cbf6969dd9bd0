import { randomBytes } from 'node:crypto';
import { rmSync, writeFileSync } from 'node:fs';

import { shell } from './shell.ts';

/** A user of this machine for one test, with a password and a line in sudoers. */
export interface TestUser {
  readonly name: string;
  readonly password: string;
  readonly remove: () => void;
}

export interface UserOptions {
  /** What follows the user's name in sudoers, as `ALL=(ALL:ALL) ALL`; none by default. */
  readonly sudo?: string;
  /** Values for `Defaults:USER`. */
  readonly defaults?: readonly string[];
  readonly loginShell?: string;
}

/** @throws where the tests do not run as root. */
export function createUser(options: UserOptions = {}): TestUser {
  if (process.getuid?.() !== 0) throw new Error('these tests make users for sudo, so they run as root');
  const name = `confine-t-${randomBytes(4).toString('hex')}`;
  const password = randomBytes(9).toString('base64url');
  shell('useradd', ['--no-create-home', '--home-dir', '/', '--shell', options.loginShell ?? '/bin/sh', name]);
  shell('chpasswd', [], `${name}:${password}\n`);
  const dropIn = `/etc/sudoers.d/${name}`;
  const lines = [
    ...(options.defaults ?? []).map((value) => `Defaults:${name} ${value}`),
    ...(options.sudo === undefined ? [] : [`${name} ${options.sudo}`]),
  ];
  writeFileSync(dropIn, lines.join('\n') + '\n', { mode: 0o440 });
  shell('visudo', ['-c', '-q', '-f', dropIn]);
  return {
    name,
    password,
    remove() {
      rmSync(dropIn, { force: true });
      shell('userdel', ['--force', name]);
    },
  };
}
