/** A word of a line, with its place. */
export interface Word {
  readonly text: string;
  /** Offsets in the line, quotes included; the end is exclusive. */
  readonly range: readonly [start: number, end: number];
}

export type Split =
  | { readonly is: 'words'; readonly words: readonly Word[] }
  | { readonly is: 'bad'; readonly at: number; readonly reason: string };

/**
 * Splits a line as Python's shlex.split(line, comments=True) does: blanks outside quotes part words, `\` takes the
 * next character as it is, and `#` outside quotes starts a comment, even inside a word.
 */
export function splitWords(line: string): Split {
  const words: Word[] = [];
  let text: string | undefined;
  let start = 0;
  const end = (at: number): void => {
    if (text !== undefined) words.push({ text, range: [start, at] });
    text = undefined;
  };
  for (let i = 0; i < line.length; i += 1) {
    const char = line.charAt(i);
    if (/[ \t\r\n]/.test(char)) {
      end(i);
      continue;
    }
    if (char === '#') {
      end(i);
      return { is: 'words', words };
    }
    if (text === undefined) [text, start] = ['', i];
    if (char === '\\') {
      if (i + 1 === line.length) return { is: 'bad', at: i, reason: 'nothing follows this backslash' };
      i += 1;
      text += line.charAt(i);
    } else if (char === '"' || char === "'") {
      const quoted = char === '"' ? /"((?:[^"\\]|\\.)*)"/suy : /'([^']*)'/suy;
      quoted.lastIndex = i;
      const inside = quoted.exec(line)?.[1];
      if (inside === undefined) return { is: 'bad', at: i, reason: `this ${char} is not closed` };
      // Inside double quotes a backslash takes only itself and the quote away.
      text += char === '"' ? inside.replaceAll(/\\(["\\])/g, '$1') : inside;
      i = quoted.lastIndex - 1;
    } else text += char;
  }
  end(line.length);
  return { is: 'words', words };
}
