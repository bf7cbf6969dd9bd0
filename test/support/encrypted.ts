import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { dump } from 'js-yaml';
import { shell } from './shell.ts';

/** A key pair of age. */
export interface AgeKey {
  /** The file of its identity. */
  readonly file: string;
  readonly recipient: string;
}

export function ageKey(folder: string): AgeKey {
  const file = join(folder, 'keys.txt');
  shell('age-keygen', ['-o', file]);
  return { file, recipient: shell('age-keygen', ['-y', file]).trim() };
}

/** Writes what only the key opens. */
export const writeAge = (path: string, text: string, { recipient }: AgeKey): string =>
  shell('age', ['-r', recipient, '-o', path], text);

type Values = Readonly<Record<string, unknown>>;

/**
 * Writes a file as sops does: keys and what is in `open` to be read, other values not. Debian 12 has no sops, so what
 * they are lies beside it, encrypted by age, for the program of `sopsStandIn`.
 */
export function writeSops(path: string, values: Values, open: readonly string[], key: AgeKey): void {
  const sealed = (value: unknown): unknown =>
    typeof value === 'object' && value !== null
      ? Object.fromEntries(Object.entries(value).map(([name, it]) => [name, sealed(it)]))
      : 'ENC[AES256_GCM,data:zlGNmhTYX5xo,iv:ql9mkhoU1I64E/FJi3iA0HaAe2U3kQVFee2ZLwPnBik=,tag:SqVSfu/JkRrwqidAT/i0pg==,type:str]';
  const shown = Object.entries(values).map(([name, it]) => [name, open.includes(name) ? it : sealed(it)]);
  const sops = {
    age: [{ recipient: key.recipient, enc: '-----BEGIN AGE ENCRYPTED FILE-----\n' }],
    lastmodified: '2026-11-27T11:13:48Z',
    mac: sealed(''),
    unencrypted_suffix: '_unencrypted',
    version: '3.11.0',
  };
  writeFileSync(path, dump({ ...Object.fromEntries(shown), sops }));
  writeAge(join(dirname(path), `.${basename(path)}`), JSON.stringify(values), key);
}

/** A folder with a program `sops` that speaks its command line for decryption, and counts its calls in `calls`. */
export function sopsStandIn(folder: string): string {
  const bin = join(folder, 'bin');
  mkdirSync(bin);
  const lines = [
    '#!/bin/sh',
    '[ "$1 $2 $4 $5" = "-d --input-type --output-type json" ] || exit 64',
    `echo "$6" >>'${folder}/calls'`,
    'exec age -d -i "$SOPS_AGE_KEY_FILE" "$(dirname "$6")/.$(basename "$6")"',
  ];
  writeFileSync(join(bin, 'sops'), `${lines.join('\n')}\n`);
  chmodSync(join(bin, 'sops'), 0o755);
  return bin;
}
