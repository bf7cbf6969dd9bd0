import { readFileSync } from 'node:fs';

/** A fenced block of a page. */
export interface Block {
  readonly language: string;
  /** What stands behind the language: of a file, its path. */
  readonly about: string;
  readonly text: string;
  /** Where its first line is. */
  readonly line: number;
}

/** A command as a page shows it, and the output that it shows below. */
export interface Shown {
  readonly command: string;
  readonly line: number;
  /** What it has to exit with: that of a trailing comment, as in `# exit 10`. */
  readonly exit: number;
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

/** The commands of a block of sh, or of a terminal, where each stands behind a `$`; none of any other. */
export function commandsOf({ language, text, line }: Block): readonly Shown[] {
  if (!['sh', 'console', ''].includes(language)) return [];
  const all: { command: string; line: number; exit: number; output: string[] }[] = [];
  let open = false;
  for (const [i, whole] of text.split('\n').entries()) {
    const starts = language === 'sh' ? whole !== '' && !whole.startsWith('#') : whole.startsWith('$ ');
    const shown = language !== 'sh' && starts ? whole.slice(2) : whole;
    const last = all.at(-1);
    if (open && last) last.command += `\n${shown}`;
    else if (starts)
      all.push({
        command: shown,
        line: line + i,
        exit: Number(/# exit (\d+)$/.exec(shown)?.[1] ?? 0),
        output: [],
      });
    else if (last && language !== 'sh') last.output.push(whole);
    open = (open || starts) && whole.endsWith('\\');
  }
  return all;
}
