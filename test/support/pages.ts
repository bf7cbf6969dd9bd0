import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The pages of this repository that people read to use or change it. */
export const pages: readonly string[] = [
  'README.md',
  'CONTRIBUTING.md',
  'SECURITY.md',
  ...readdirSync('docs', { recursive: true, encoding: 'utf8' })
    .filter((it) => it.endsWith('.md'))
    .map((it) => join('docs', it))
    .toSorted(),
];

/** A fenced block of a page. */
export interface Block {
  readonly language: string;
  /** What stands behind the language: of a file, its path; of a part of a file, what part. */
  readonly about: string;
  readonly text: string;
  /** Where its first line is. */
  readonly line: number;
}

/** A command as a page shows it, and the output that it shows below. */
export interface Shown {
  /** Without a trailing comment. */
  readonly command: string;
  readonly line: number;
  /** What it has to exit with: that of a trailing comment, as in `# exit 10` and `# exit 10: why`. */
  readonly exit: number;
  /** Whether it is shown as typed, so at a terminal; otherwise its output is shown, or may be. */
  readonly typed: boolean;
  readonly output: readonly string[];
}

/** The fenced blocks of a page of this repository, in order. */
export function blocksOf(page: string): readonly Block[] {
  const text = readFileSync(page, 'utf8');
  return [...text.matchAll(/^( *)```(\w*) ?(.*)\n([^]*?)^\1```$/gm)].map((it) => {
    const [, indent = '', language = '', about = '', body = ''] = it;
    return {
      language,
      about,
      text: body.replaceAll(new RegExp(`^${indent}`, 'gm'), ''),
      line: text.slice(0, it.index).split('\n').length + 1,
    };
  });
}

/** A file that a page shows, by the path behind the language. */
export function fileOn(page: string, path: string): string {
  const block = blocksOf(page).find((it) => it.about === path);
  if (!block) throw new Error(`${page} shows no ${path}`);
  return block.text;
}

/** The commands of a block of sh, or of a terminal, where each stands behind a `$`; none of any other. */
export function commandsOf({ language, text, line }: Block): readonly Shown[] {
  if (!['sh', 'console', ''].includes(language)) return [];
  const typed = language === 'sh';
  const all: { command: string; line: number; exit: number; typed: boolean; output: string[] }[] = [];
  let open = false;
  for (const [i, whole] of text.split('\n').entries()) {
    const starts = typed ? whole !== '' && !whole.startsWith('#') : whole.startsWith('$ ');
    const [, shown = '', comment = ''] =
      /^(.*?)(?: +# (.*))?$/.exec(typed || !starts ? whole : whole.slice(2)) ?? [];
    const last = all.at(-1);
    if (open && last) last.command += `\n${shown}`;
    else if (starts)
      all.push({
        command: shown,
        line: line + i,
        exit: Number(/^exit (\d+)\b/.exec(comment)?.[1] ?? 0),
        typed,
        output: [],
      });
    else if (last && !typed) last.output.push(whole);
    open = (open || starts) && whole.endsWith('\\');
  }
  return all;
}

/** A call of confine that stands between backticks in the text of a page. */
export interface Mention {
  readonly call: string;
  readonly line: number;
}

/** The calls that a page names in its text and tables, each as it would be typed; one for each of the choices of `a|b`. */
export function mentionsOn(page: string): readonly Mention[] {
  const lines = (text: string): string => text.replaceAll(/[^\n]/g, '');
  const prose = readFileSync(page, 'utf8').replaceAll(/^( *)```[^]*?^\1```$/gm, lines);
  return [...prose.matchAll(/`((?:eval "\$\(|source <\()?confine\s[^`]+)`/g)].flatMap(
    ({ 1: span = '', index }) =>
      choicesOf(span.replaceAll(/^.*?\(|\)"?$/g, '').replaceAll(/\s+/g, ' ')).map((call) => ({
        call,
        line: prose.slice(0, index).split('\n').length,
      })),
  );
}

/** A call for each choice between words, and with all of what may be left out. */
function choicesOf(span: string): readonly string[] {
  const [call = ''] = span
    .replaceAll('\\|', '|')
    .replaceAll('…', '')
    .split(/ [|>] /);
  return call
    .replaceAll(/[[\]]/g, '')
    .split(' ')
    .reduce<readonly string[]>(
      (calls, word) => word.split('|').flatMap((choice) => calls.map((it) => `${it} ${choice}`.trim())),
      [''],
    );
}
