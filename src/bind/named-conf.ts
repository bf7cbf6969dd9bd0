/** A statement of named.conf: its words, without quotes, and what stands in its braces. */
export interface Statement {
  readonly words: readonly string[];
  readonly block: readonly Statement[] | undefined;
}

/**
 * Reads what `named-checkconf -p` prints: named.conf in canonical form, with includes filled in and without
 * comments. What it can't read as statements is left out.
 * Source: BIND 9 Administrator Reference Manual, "Configuration Reference".
 */
export function parseNamedConf(text: string): readonly Statement[] {
  const tokens = text.matchAll(/"((?:[^"\\]|\\.)*)"|([{};])|([^\s{};"]+)/g);
  const open: { words: string[]; block: Statement[] | undefined; into: Statement[] }[] = [];
  const top: Statement[] = [];
  let [words, block, into]: [string[], Statement[] | undefined, Statement[]] = [[], undefined, top];
  for (const [, quoted, mark, word] of tokens) {
    if (mark === '{') {
      // Behind a block, more words of the same statement may come: listen-on port 853 tls t { any; };
      open.push({ words, block, into });
      [words, block, into] = [[], undefined, []];
    } else if (mark === '}') {
      const inner = into;
      const outer = open.pop();
      if (outer === undefined) break;
      [words, block, into] = [outer.words, inner, outer.into];
    } else if (mark === ';') {
      if (words.length > 0 || block !== undefined) into.push({ words, block });
      [words, block] = [[], undefined];
    } else words.push(quoted === undefined ? (word ?? '') : quoted.replace(/\\(.)/g, '$1'));
  }
  return top;
}

/** The statements of a block that begin with this word. */
export const statementsOf = (block: readonly Statement[] | undefined, name: string): readonly Statement[] =>
  (block ?? []).filter((it) => it.words[0] === name);

/** The last statement that begins with this word. */
export const statementOf = (block: readonly Statement[] | undefined, name: string): Statement | undefined =>
  statementsOf(block, name).at(-1);

/** The first value of a statement: what comes behind its name. */
export const valueOf = (block: readonly Statement[] | undefined, name: string): string | undefined =>
  statementOf(block, name)?.words[1];

/** A statement, and every one inside it, at any depth. */
export const within = (all: readonly Statement[]): readonly Statement[] =>
  all.flatMap((it) => [it, ...within(it.block ?? [])]);
