/** Where a value of a literal stands, and its key. Offsets; the ends are exclusive. */
export interface Place {
  readonly key?: Range | undefined;
  readonly value: Range;
  readonly members?: ReadonlyMap<string, Place> | readonly Place[];
}
type Range = readonly [start: number, end: number];

interface Token {
  readonly text: string;
  readonly start: number;
}

const tokens =
  /(?<skip>\s+|\/\/.*|\/\*[^]*?\*\/)|'(?:\\[^]|[^'\\])*'|"(?:\\[^]|[^"\\])*"|`(?:\\[^]|[^`\\])*`|\.\.\.|[\w$]+|[^]/g;

const tokensOf = (text: string): readonly Token[] =>
  [...text.matchAll(tokens)].flatMap((it) =>
    it.groups?.['skip'] === undefined ? [{ text: it[0], start: it.index }] : [],
  );

/** What a plain string stands for; undefined of anything else, of one with escapes, and of a template that is computed. */
const stringIn = (token = ''): string | undefined =>
  /^(?<quote>['"`])(?<own>(?!.*(?:\$\{|\\)).*)\k<quote>$/s.exec(token)?.groups?.['own'];

/** The strings that stand as values of a key, alone or in a list, anywhere in a text. It runs nothing, either. */
export function stringsAt(text: string, key: string): readonly string[] {
  const all = tokensOf(text).map((it) => it.text);
  return all.flatMap((token, i) => {
    if ((stringIn(token) ?? token) !== key || all[i + 1] !== ':') return [];
    const isList = all[i + 2] === '[';
    const values = isList ? all.slice(i + 3, all.indexOf(']', i + 3)) : all.slice(i + 2, i + 3);
    return values.flatMap((it) => stringIn(it) ?? []);
  });
}

/**
 * The places in the literal that a playbook in TypeScript is, as far as it is one: what is computed has a place as a
 * whole. It reads the text and runs nothing, and may misjudge what is no plain literal: compare it with the value.
 */
export function literalPlaces(text: string): Place | undefined {
  const all = tokensOf(text);
  const is = (at: number, ...wanted: readonly string[]): boolean =>
    wanted.every((it, i) => all[at + i]?.text === it);
  let at = all.findIndex((_, i) => is(i, 'definePlaybook', '(', '[') || is(i, 'default', '['));
  if (at < 0) return undefined;
  at += is(at, 'default') ? 1 : 2;

  const end = (): number => (all[at - 1]?.start ?? 0) + (all[at - 1]?.text.length ?? 0);
  /** Goes behind what stands here, up to a comma or the end of what is around it. */
  const skip = (): void => {
    for (let depth = 0; at < all.length; at += 1) {
      const { text: token = '' } = all[at] ?? {};
      if (depth === 0 && /^[,\])}]$/.test(token)) return;
      depth += /^[[({]$/.test(token) ? 1 : /^[\])}]$/.test(token) ? -1 : 0;
    }
  };
  const several = (close: string, one: () => void): void => {
    at += 1;
    while (at < all.length && !is(at, close)) {
      one();
      skip();
      if (is(at, ',')) at += 1;
    }
    at += 1;
  };
  const value = (): Place => {
    const start = all[at]?.start ?? 0;
    if (is(at, '[')) {
      const members: Place[] = [];
      several(']', () => members.push(value()));
      return { value: [start, start + 1], members };
    }
    if (is(at, '{')) {
      const members = new Map<string, Place>();
      several('}', () => {
        const { text: key = '', start: from = 0 } = all[at] ?? {};
        at += 1;
        if (!is(at, ':')) return;
        at += 1;
        members.set(key.replace(/^(['"])(.*)\1$/, '$2'), { ...value(), key: [from, from + key.length] });
      });
      return { value: [start, start + 1], members };
    }
    skip();
    return { value: [start, Math.max(start + 1, end())] };
  };
  return value();
}
