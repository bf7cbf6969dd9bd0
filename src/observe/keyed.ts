/** The lines `key<TAB>value` of a file that confine keeps on hosts. */
export interface Keyed {
  /** The last one of a key. */
  readonly of: ReadonlyMap<string, string>;
  /** All of a key, in their order. */
  readonly all: (key: string) => readonly string[];
}

export function readKeyed(text: string): Keyed {
  const lines = text.split('\n').map((line): readonly [string, string] => {
    const tab = line.indexOf('\t');
    return [line.slice(0, tab), line.slice(tab + 1)];
  });
  return {
    of: new Map(lines),
    all: (key) => lines.flatMap(([it, value]) => (it === key ? [value] : [])),
  };
}

/** Such lines; a value is one line, whatever it holds. */
export const keyedText = (lines: readonly (readonly [key: string, value: string | number])[]): string =>
  lines.map(([key, it]) => `${key}\t${String(it).replace(/[\t\n]/g, ' ')}\n`).join('');
