import type { Command } from 'commander';
import { version } from '../version.ts';
import { exitMeanings } from './exit-codes.ts';

/** A command line that works, and what it is for. */
export type Example = readonly [line: string, what: string];

/** The day on which the pages were last gone over; a page has to have one. */
const written = '2026-11-30';

/** Variables of the environment that confine reads. */
const environment: readonly (readonly [string, string])[] = [
  ['NO_COLOR', 'no colours, where it is set to anything; --color says otherwise'],
  ['FORCE_COLOR', 'colours, also into a pipe'],
  ['CI', 'no live view and no colours, but plain lines'],
  ['TERM', 'the same where it is "dumb"'],
  ['XDG_STATE_HOME', 'where the lists of hosts lie that runs have left: confine/left in it'],
];

/**
 * The man pages, by the names of their files: one for confine, and one for each of its commands.
 * @param examples by the names of commands with those above them
 */
export function manPages(
  root: Command,
  examples: Readonly<Record<string, readonly Example[]>>,
): ReadonlyMap<string, string> {
  const pages = root.commands.map((it): [string, string] => [
    `confine-${it.name()}.1`,
    commandPage(it, examples),
  ]);
  return new Map([['confine.1', rootPage(root)], ...pages]);
}

function rootPage(root: Command): string {
  return page('confine', root.description(), [
    section('SYNOPSIS', `\\fBconfine\\fR ${escaped('COMMAND [OPTION]… [ARGUMENT]…')}`),
    section('DESCRIPTION', text(root.description()), paragraph, text(flow)),
    section(
      'COMMANDS',
      ...root.commands.map((it) => tagged(`\\fBconfine\\-${escaped(it.name())}\\fR(1)`, it.description())),
    ),
    section('ENVIRONMENT', ...environment.map(([name, what]) => tagged(`\\fB${name}\\fR`, what))),
    exitStatus,
    section('SEE ALSO', root.commands.map((it) => `\\fBconfine\\-${escaped(it.name())}\\fR(1)`).join(',\n')),
  ]);
}

const flow =
  'Operators say in YAML what must hold. confine looks at every host in one trip, shows the difference, applies it as one transaction on the host, and undoes it there if DNS stops answering.';

function commandPage(command: Command, examples: Readonly<Record<string, readonly Example[]>>): string {
  const name = command.name();
  const parts = command.commands.flatMap((sub) => [
    `.SS ${quoted(synopsis(sub, `confine ${name}`))}`,
    text(sub.description()),
    ...optionList(sub),
  ]);
  return page(`confine-${name}`, command.description(), [
    section(
      'SYNOPSIS',
      ...(command.commands.length === 0 ? [command] : command.commands).flatMap((it, i) => [
        ...(i === 0 ? [] : ['.br']),
        bold(synopsis(it, it === command ? 'confine' : `confine ${name}`)),
      ]),
    ),
    section('DESCRIPTION', text(`${sentence(command.description())}.`), ...argumentList(command)),
    ...(parts.length > 0 ? [section('COMMANDS', ...parts)] : []),
    ...(command.options.length > 0 ? [section('OPTIONS', ...optionList(command))] : []),
    section(
      'EXAMPLES',
      ...(examples[name] ?? []).flatMap(([line, what], i) => [
        ...(i === 0 ? [] : ['.PP']),
        text(`${sentence(what)}:`),
        '.PP',
        '.RS 4',
        '.EX',
        text(line),
        '.EE',
        '.RE',
      ]),
    ),
    exitStatus,
    section('SEE ALSO', '\\fBconfine\\fR(1)'),
  ]);
}

const synopsis = (command: Command, above: string): string =>
  [
    above,
    command.name(),
    command.options.length > 0 ? '[options]' : '',
    ...command.registeredArguments.map(argument),
  ]
    .filter(Boolean)
    .join(' ');

const argument = (it: Command['registeredArguments'][number]): string => {
  const name = `${it.name()}${it.variadic ? '…' : ''}`;
  return it.required ? `<${name}>` : `[${name}]`;
};

const argumentList = (command: Command): readonly string[] =>
  command.registeredArguments
    .filter((it) => it.description !== '')
    .map((it) => tagged(`\\fB${escaped(argument(it))}\\fR`, it.description));

const optionList = (command: Command): readonly string[] =>
  command.options
    .filter((it) => !it.hidden)
    .map((it) => {
      const choices = it.argChoices ? `: ${it.argChoices.join(', ')}` : '';
      const wanted =
        it.defaultValueDescription ?? (typeof it.defaultValue === 'string' ? it.defaultValue : undefined);
      return tagged(
        `\\fB${escaped(it.flags)}\\fR`,
        `${it.description}${choices}${wanted === undefined ? '' : ` (${wanted} without it)`}`,
      );
    });

const exitStatus = section(
  'EXIT STATUS',
  ...exitMeanings.map(([code, means]) => tagged(`\\fB${code}\\fR`, means)),
);

function page(name: string, summary: string, sections: readonly string[]): string {
  return [
    '.\\" Generated from the commands and their options: npm run generate',
    `.TH ${name.toUpperCase()} 1 ${written} "confine ${version}" "confine"`,
    '.SH NAME',
    `${escaped(name)} \\- ${escaped(summary.replace(/\.$/, ''))}`,
    ...sections,
    '',
  ].join('\n');
}

function section(title: string, ...lines: readonly string[]): string {
  return [`.SH ${title}`, ...lines].join('\n');
}

const paragraph = '.PP';

function tagged(tag: string, what: string): string {
  return ['.TP', tag, text(what)].join('\n');
}

function bold(words: string): string {
  return `.B ${quoted(words)}`;
}

function quoted(words: string): string {
  return `"${escaped(words).replaceAll('"', '""')}"`;
}

const sentence = (it: string): string => `${it.charAt(0).toUpperCase()}${it.slice(1)}`;

/** A line of text: one that begins like a request is none. */
function text(line: string): string {
  return escaped(line).replace(/^(?=[.'])/, '\\&');
}

/** Every character as itself, in whatever character set the page is shown. */
function escaped(words: string): string {
  return words
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replaceAll('~', '\\(ti')
    .replaceAll('^', '\\(ha')
    .replaceAll("'", '\\(aq')
    .replaceAll('`', '\\(ga')
    .replaceAll(
      /[^\x20-\x7e]/gu,
      (it) => `\\[u${(it.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}]`,
    );
}
