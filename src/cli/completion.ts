import { readFileSync } from 'node:fs';
import { Exit, UsageError } from '../errors.ts';

const shells = ['bash', 'zsh', 'fish'];

/** `confine completion SHELL`: prints the script by which a shell asks `confine complete` what may stand at the cursor. */
export async function completion([shell = '']: readonly string[]): Promise<number> {
  if (!shells.includes(shell))
    throw new UsageError(`there is no completion for "${shell}"`, `confine completion ${shells.join('|')}`);
  process.stdout.write(readFileSync(new URL(`../completion/confine.${shell}`, import.meta.url), 'utf8'));
  return Exit.ok;
}
