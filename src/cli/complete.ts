import { existsSync } from 'node:fs';
import type { Command, Option } from 'commander';
import { loadInventory } from '../inventory/load.ts';
import { usualInventories } from './first.ts';
import { relaxable } from '../plan/relaxable.ts';
import { isTypeScript } from '../typescript/import.ts';
import { stringsAt } from '../typescript/literal.ts';
import { readText, readYaml } from '../yaml/read.ts';
import { isMapping } from '../yaml/values.ts';

/** Something that may stand at the cursor, and what it is. */
export interface Candidate {
  readonly word: string;
  readonly about: string;
}

/** What may stand at the cursor; the names of files a shell knows best itself. */
export type Candidates = readonly Candidate[] | 'files';

/** Where the values of an option or argument come from. */
type Source = 'files' | 'hosts' | 'names of hosts' | 'tags' | 'anything' | readonly string[];

const optionSources: Readonly<Record<string, Source>> = {
  inventory: 'files',
  limit: 'hosts',
  host: 'names of hosts',
  fromProfile: 'hosts',
  tags: 'tags',
  skipTags: 'tags',
  privateKey: 'files',
  out: 'files',
  from: 'files',
  modulePath: 'files',
  playbookDir: 'files',
  mechanism: relaxable,
};

/** By the name of a command, the values of its arguments, where its usage does not list them. */
const argumentSources: Readonly<Record<string, Source>> = {
  check: 'files',
  plan: 'files',
  apply: 'files',
  status: 'files',
  denials: 'files',
  undo: 'hosts',
  init: 'hosts',
  relax: 'hosts',
  audit: 'hosts',
  start: 'files',
  advance: 'files',
  pause: 'files',
  abort: 'files',
};

/** A command line up to the cursor. */
interface Line {
  readonly command: Command;
  readonly args: readonly string[];
  readonly inventories: readonly string[];
  /** The option whose value is under the cursor. */
  readonly option: Option | undefined;
}

/**
 * What may stand at the cursor of a command line.
 * @param root the whole command
 * @param words all words behind `confine`, the last one being that under the cursor
 */
export function candidates(root: Command, words: readonly string[]): Candidates {
  const current = words.at(-1) ?? '';
  const line = read(root, words.slice(0, -1));
  const { command, option, args } = line;
  if (option) return valuesOf(optionSource(option), line, '', current);
  const [, name, inline] = /^(--[\w-]+)=(.*)$/s.exec(current) ?? [];
  if (name !== undefined) {
    const known = command.options.find((it) => it.long === name);
    return known ? valuesOf(optionSource(known), line, `${name}=`, inline ?? '') : [];
  }
  if (current.startsWith('-')) return starting(current, options(command));
  if (command.commands.length > 0 && args.length > 0) return [];
  if (command.commands.length > 0)
    return starting(
      current,
      command.commands.map((it) => candidate(it.name(), it.description())),
    );
  const source =
    command.name() === 'explain' && args.join(' ') === 'var'
      ? 'names of hosts'
      : (argumentSources[command.name()] ?? listedWords(command));
  if (typeof source !== 'string' && args.length > 0) return [];
  return valuesOf(source, line, '', current);
}

/** The words of a usage like `<bash|zsh|fish>`. */
function listedWords(command: Command): Source {
  const words = command.registeredArguments[0]?.name().split('|') ?? [];
  return words.length > 1 ? words : 'anything';
}

/** As a shell's script reads them: a word a line with what it is, or that it should offer files. */
export const candidatesText = (found: Candidates): string =>
  found === 'files' ? ':files\n' : found.map(({ word, about }) => `${word}\t${about}\n`).join('');

const candidate = (word: string, about: string): Candidate => ({
  word,
  about: about.replaceAll(/\s+/g, ' '),
});

const starting = (current: string, all: readonly Candidate[]): readonly Candidate[] =>
  all.filter(({ word }) => word.startsWith(current));

const options = (command: Command): readonly Candidate[] =>
  [...command.options.filter((it) => !it.hidden), ...command.createHelp().visibleOptions(command)]
    .flatMap((it) => (it.long ? [candidate(it.long, it.description)] : []))
    .filter(({ word }, i, all) => all.findIndex((it) => it.word === word) === i);

const optionSource = (option: Option): Source =>
  option.argChoices ?? optionSources[option.attributeName()] ?? 'anything';

/** Takes the words before the cursor apart. */
function read(root: Command, words: readonly string[]): Line {
  let command = root;
  let option: Option | undefined;
  const args: string[] = [];
  const inventories: string[] = [];
  const take = (it: Option, value: string): void => {
    if (it.attributeName() === 'inventory') inventories.push(value);
  };
  for (const word of words) {
    if (option) {
      take(option, word);
      option = undefined;
    } else if (word.startsWith('-')) {
      const [flag = '', ...value] = word.startsWith('--')
        ? word.split('=')
        : [word.slice(0, 2), word.slice(2)];
      const known = command.options.find((it) => it.long === flag || it.short === flag);
      if (!known?.required) continue;
      if (value.join('') === '') option = known;
      else take(known, value.join('='));
    } else {
      const sub = args.length === 0 ? command.commands.find((it) => it.name() === word) : undefined;
      if (sub) command = sub;
      else args.push(word);
    }
  }
  return { command, args, inventories, option };
}

function valuesOf(source: Source, line: Line, before: string, current: string): Candidates {
  if (source === 'files') return 'files';
  // Of a list, only the last item is under the cursor.
  const [, stem = '', last = ''] = /^(.*[,:&!])?([^,:&!]*)$/s.exec(current) ?? [];
  const list = (all: readonly Candidate[]) =>
    starting(last, all).map(({ word, about }) => ({ word: `${before}${stem}${word}`, about }));
  switch (source) {
    case 'anything':
      return [];
    case 'hosts':
      return list(hosts(line.inventories));
    case 'names of hosts':
      return list(hosts(line.inventories).filter(({ about }) => about === 'host'));
    case 'tags':
      return list(tags(line.args));
    default:
      return starting(
        current,
        source.map((it) => candidate(it, '')),
      ).map(({ word, about }) => ({
        word: `${before}${word}`,
        about,
      }));
  }
}

/** Hosts and groups; none of an inventory that can't be read, since a completion has nowhere to say why. */
function hosts(given: readonly string[]): readonly Candidate[] {
  const sources = given.length > 0 ? given : usualInventories.filter((it) => existsSync(it)).slice(0, 1);
  try {
    const inventory = loadInventory(sources);
    return [
      ...[...inventory.groups.values()]
        .filter(({ name, hosts: of }) => name !== 'ungrouped' || of.length > 0)
        .map(({ name }) => candidate(name, 'group')),
      ...[...inventory.hosts.keys()].map((name) => candidate(name, 'host')),
    ];
  } catch {
    return [];
  }
}

/** The tags that playbooks have anywhere, each once. Those in TypeScript are read and not run: nobody asked for that. */
function tags(playbooks: readonly string[]): readonly Candidate[] {
  const found = playbooks.flatMap((path) => {
    try {
      return isTypeScript(path) ? stringsAt(readText(path), 'tags') : tagsIn(readYaml(path).value);
    } catch {
      return [];
    }
  });
  const all = new Set(found.flatMap((it) => it.split(',')).map((it) => it.trim()));
  return [...all].toSorted().map((it) => candidate(it, 'tag'));
}

function tagsIn(it: unknown): readonly string[] {
  if (Array.isArray(it)) return it.flatMap(tagsIn);
  if (!isMapping(it)) return [];
  return Object.entries(it).flatMap(([key, value]) =>
    key === 'tags' ? [value].flat().filter((tag) => typeof tag === 'string') : tagsIn(value),
  );
}
