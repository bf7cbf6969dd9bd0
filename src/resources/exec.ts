import { FileName } from '../brand.ts';
import { absent, value, type Known } from '../observe/observation.ts';
import { Refusal, type Located, type Node } from './file.ts';
import { parseUnitFile } from './unit-file.ts';
import { isUnitFile, type Unit, type UnitPart } from './unit.ts';

/** A part of how a unit starts named. Tasks give layers; the engine puts one ExecStart together. */
export type ExecLayer =
  /** A program that starts named, with its arguments; `rank` orders several, the lowest outside. */
  | { readonly layer: 'wrapper'; readonly argv: readonly string[]; readonly rank: 0 | 1 }
  /** Another named than the packaged one. */
  | { readonly layer: 'binary'; readonly path: string }
  /** The option is taken out of the host's own, with its value; the others stay. */
  | { readonly layer: 'without'; readonly option: '-u' };

export interface ExecDesire {
  readonly resource: 'exec';
  readonly unit: Unit;
  /** The drop-in that holds the ExecStart, and what stands there. */
  readonly at: Located;
  /** Empty where the task wants named started as the package does. */
  readonly layers: readonly ExecLayer[];
}

/** The drop-in that confine puts ExecStart into, without `.conf`; before all others of confine. */
export const execDropIn = FileName.parse('45-confine-exec');

/**
 * Quotes one word of a command line for systemd: `%` and `$` are doubled, and what could end the word is put
 * into double quotes (systemd.service(5), "Command lines").
 */
export function unitWord(word: string): string {
  const plain = word.replaceAll('%', '%%').replaceAll('$', () => '$$');
  return /^[\w@%+=:,./$-]+$/.test(plain) ? plain : `"${plain.replace(/[\\"]/g, '\\$&')}"`;
}

/** The words of a command line or of OPTIONS: whitespace parts them, quotes hold them together. */
export function splitWords(text: string): readonly string[] {
  return [...text.matchAll(/(?:"((?:\\.|[^"\\])*)"|'([^']*)'|[^\s"']+)+/g)].map(([word]) =>
    word.replace(/"((?:\\.|[^"\\])*)"|'([^']*)'/g, (_, double?: string, single?: string) =>
      double === undefined ? (single ?? '') : double.replace(/\\(.)/g, '$1'),
    ),
  );
}

/** The command that starts the unit without confine: the last ExecStart of its other files. */
function packagedStart(unit: Unit, own: string): string {
  const commands = unit.parts
    .filter((part) => part.path !== own && isUnitFile(part))
    .flatMap((part) => parseUnitFile(part.content))
    .filter((it) => it.section === 'Service' && it.key === 'ExecStart')
    .reduce<readonly string[]>((all, it) => (it.value === '' ? [] : [...all, it.value]), []);
  const [command, another] = commands;
  if (command === undefined || another !== undefined || !command.startsWith('/'))
    throw new Refusal(
      'error',
      `${unit.name} has ${command === undefined ? 'no ExecStart' : another === undefined ? `the special ExecStart "${command}"` : 'several ExecStart'}, which confine does not change`,
      'look at systemctl cat on the host; one plain command is what confine can build on',
    );
  return command;
}

/** A variable of the unit's environment files, as systemd reads them; the last assignment counts. */
export function environment(parts: readonly UnitPart[], name: string): string {
  const assignment = new RegExp(`^\\s*${name}=(.*)$`);
  const values = parts
    .filter((part) => !isUnitFile(part))
    .flatMap((part) => part.content.split('\n'))
    .flatMap((line) => assignment.exec(line)?.[1] ?? []);
  const last = values.at(-1)?.trim() ?? '';
  return /^(["']).*\1$/.test(last) ? last.slice(1, -1) : last;
}

/** The words without an option and its value, written apart (`-u bind`) or together (`-ubind`). */
function withoutOption(words: readonly string[], option: string): readonly string[] {
  return words.filter(
    (word, i) => !word.startsWith(option) && !(words[i - 1] === option && !word.startsWith('-')),
  );
}

/** The command that the layers make of the packaged one. */
export function composeStart(unit: Unit, own: string, layers: readonly ExecLayer[]): string {
  const [binary = '', ...rest] = splitWords(packagedStart(unit, own));
  const options = layers.flatMap((it) => (it.layer === 'without' ? [it.option] : []));
  // Expanded here only where one has to go: else a change of /etc/default/named goes on to count.
  const words =
    options.length === 0
      ? rest.map((word) => (/^\$\w+$/.test(word) ? word : unitWord(word)))
      : options
          .reduce<readonly string[]>(
            withoutOption,
            rest.flatMap((word) =>
              /^\$\w+$/.test(word) ? splitWords(environment(unit.parts, word.slice(1))) : [word],
            ),
          )
          .map(unitWord);
  const wrappers = layers
    .flatMap((it) => (it.layer === 'wrapper' ? [it] : []))
    .toSorted((a, b) => a.rank - b.rank)
    .flatMap((it) => it.argv);
  const path = layers.find((it) => it.layer === 'binary')?.path ?? binary;
  return [...wrappers.map(unitWord), unitWord(path), ...words].join(' ');
}

/** Whether the drop-in that stands there was made with this layer. */
export function standsWith(layer: ExecLayer, node: Known<Node>): boolean {
  if (node.is === 'absent' || node.value.is !== 'file') return false;
  const command = parseUnitFile(node.value.content.toString('utf8')).at(-1)?.value ?? '';
  const words = splitWords(command.replaceAll('%%', '%').replaceAll('$$', () => '$'));
  switch (layer.layer) {
    case 'wrapper':
      return words.includes(layer.argv[0] ?? '');
    case 'binary':
      return words.includes(layer.path);
    case 'without':
      return !words.some((word) => word.startsWith(layer.option) || /^\$\w+$/.test(word));
  }
}

/** The drop-in with the ExecStart of these layers; absent where there are none. */
export function execNode({ unit, at }: ExecDesire, layers: readonly ExecLayer[]): Known<Node> {
  if (layers.length === 0) return absent;
  const start = composeStart(unit, at.path, layers);
  return value({
    is: 'file',
    content: Buffer.from(
      `# Managed by confine: how named starts, put together from the playbook's tasks.\n[Service]\nExecStart=\nExecStart=${start}\n`,
    ),
    mode: '0644',
    owner: 'root',
    group: 'root',
  });
}
