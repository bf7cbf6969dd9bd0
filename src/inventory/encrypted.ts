import { spawnSync } from 'node:child_process';
import { homedir } from 'node:os';
import { isAbsolute, join, resolve } from 'node:path';
import { InputError, type Diagnostic, type Position } from '../errors.ts';
import { Secret } from '../secret.ts';
import { parseYaml, type YamlFile } from '../yaml/load.ts';
import { isMapping, valueAt } from '../yaml/values.ts';
import type { Vars } from './types.ts';
import { variablesOf } from './variable.ts';

type Report = (finding: Diagnostic) => void;

/** Whether a file is one that sops has encrypted: it says so in itself, whatever its name. */
export const isSops = ({ value }: YamlFile): boolean => typeof valueAt(value, ['sops', 'mac']) === 'string';

/**
 * The variables of a file of sops. Keys are not encrypted, so values are decrypted only where one is needed, all of a
 * file at once.
 */
export function sopsVars(doc: YamlFile, report: Report): Vars {
  const open = once(() => readSopsJson(doc.file));
  const { sops: _, ...values } = isMapping(doc.value) ? doc.value : {};
  const sealed = mapLeaves(values, [], (leaf, path) =>
    typeof leaf === 'string' && leaf.startsWith('ENC[') ? new Secret(() => scalar(doc, open(), path)) : leaf,
  );
  return variablesOf(doc, [], sealed, report);
}

function readSopsJson(file: string): unknown {
  // By its own lights sops takes a file without an ending for bytes.
  const type = file.endsWith('.json') ? 'json' : 'yaml';
  const text = decrypted(file, 'sops', ['-d', '--input-type', type, '--output-type', 'json', resolve(file)]);
  try {
    return JSON.parse(text) as unknown;
  } catch {
    // Its words would quote what was decrypted.
    throw rejection(
      { file, line: 1, col: 1 },
      'what sops gave for this is no JSON',
      `look at it: sops -d ${file}`,
    );
  }
}

function scalar(doc: YamlFile, values: unknown, path: readonly PropertyKey[]): string {
  const value = valueAt(values, path);
  if (['string', 'number', 'boolean'].includes(typeof value)) return textOf(value);
  throw rejection(
    doc.spot(path).at,
    `what sops gave for this has no ${path.join('.')}`,
    `look at it: sops -d ${doc.file}`,
  );
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));

/** The variables of a file that age has encrypted as a whole: every value of it is a secret. */
export function ageVars(file: string, report: Report): Vars {
  const text = decrypted(file, 'age', ['-d', '-i', ageIdentities(), resolve(file)]);
  const doc = readSealed(text, file);
  const sealed = mapLeaves(doc.value, [], (leaf) => (leaf === null ? null : new Secret(textOf(leaf))));
  const vars = variablesOf(doc, [], sealed, report);
  return new Map(
    [...vars].map(([name, it]) => [
      name,
      { value: it.value, at: it.at, spot: (path, find) => ({ at: it.spot(path, find).at, length: 1 }) },
    ]),
  );
}

/** A parser's words could quote what it read, so of a file that can't be read only the place is told. */
function readSealed(
  text: string,
  file: string,
): YamlFile & { readonly value: Readonly<Record<string, unknown>> } {
  const reject = (at: Position): never => {
    throw rejection(at, 'what age decrypted is no YAML of variables: "name: value"');
  };
  try {
    const doc = parseYaml(text, file);
    const { value } = doc;
    return isMapping(value) ? { ...doc, value } : reject(doc.spot([]).at);
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    return reject(error.diagnostics[0]?.at ?? { file, line: 1, col: 1 });
  }
}

/** A finding about a file whose lines are not shown. */
export const withoutLine = ({ at, message, hint }: Diagnostic): Diagnostic => ({
  at,
  message,
  ...(hint === undefined ? {} : { hint }),
});

function mapLeaves(
  values: Readonly<Record<string, unknown>>,
  path: readonly PropertyKey[],
  seal: (leaf: unknown, path: readonly PropertyKey[]) => unknown,
): Record<string, unknown> {
  const sealed = (value: unknown, at: readonly PropertyKey[]): unknown => {
    if (Array.isArray(value)) return value.map((item, i) => sealed(item, [...at, i]));
    return isMapping(value) ? mapLeaves(value, at, seal) : seal(value, at);
  };
  return Object.fromEntries(
    Object.entries(values).map(([key, value]) => [key, sealed(value, [...path, key])]),
  );
}

/** Where sops looks for identities of age, so that one file of them serves both. */
function ageIdentities(): string {
  const { SOPS_AGE_KEY_FILE: named = '', XDG_CONFIG_HOME: config = '' } = process.env;
  if (named !== '') return resolve(named);
  return join(isAbsolute(config) ? config : join(homedir(), '.config'), 'sops', 'age', 'keys.txt');
}

/**
 * What the person's own program makes of a file. It comes by a pipe, and is written nowhere.
 * @throws {InputError} where there is no such program, or it could not
 */
function decrypted(file: string, program: 'sops' | 'age', args: readonly string[]): string {
  const { error, status, stdout, stderr } = spawnSync(program, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    encoding: 'utf8',
    maxBuffer: 8 * 1024 * 1024,
    timeout: 60_000,
  });
  if (error === undefined && status === 0) return stdout;
  const isMissing = error !== undefined && 'code' in error && error.code === 'ENOENT';
  const said = stderr?.trim().split('\n')[0] ?? '';
  throw rejection(
    { file, line: 1, col: 1 },
    isMissing
      ? `this is encrypted, and ${program} is not on this machine`
      : `${program} could not decrypt this: ${said || (error?.message ?? `exit ${status}`)}`,
    isMissing ? `install ${program}` : `try it: ${[program, ...args].join(' ')}`,
  );
}

const rejection = (at: Position, message: string, hint?: string): InputError =>
  new InputError([{ at, message, ...(hint === undefined ? {} : { hint }) }]);

/** The same answer each time, and the same error. */
function once<T>(run: () => T): () => T {
  let known: { readonly value: T } | { readonly error: unknown } | undefined;
  return () => {
    if (known === undefined)
      try {
        known = { value: run() };
      } catch (error) {
        known = { error };
      }
    if ('error' in known) throw known.error;
    return known.value;
  };
}
