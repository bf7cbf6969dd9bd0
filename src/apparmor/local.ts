import { statementsOf } from './policy.ts';

/** Something that stands in a file which a profile includes. Lines start at 1. */
export interface LocalStatement {
  /** A rule with its comma, or an include. A block, with rules of its own, is no line that a list can hold. */
  readonly is: 'rule' | 'block';
  /** In one spelling: blanks made one, without comments; an include as `#include`. */
  readonly text: string;
  readonly line: number;
}

const include = /^[ \t]*#?(include\s+(?:if\s+exists\s+)?(?:<[^>]*>|"[^"]*"))/gm;

const plain = (text: string): string => text.replace(/\s+/g, ' ').trim();

/** The statements of a local file, in their order. Never throws. */
export function localStatements(text: string): readonly LocalStatement[] {
  const lineAt = (offset: number): number => text.slice(0, offset).split('\n').length;
  const includes = [...text.matchAll(include)].map((it) => ({
    is: 'rule' as const,
    text: `#${plain(it[1] ?? '')}`,
    at: it.index + it[0].search(/\S/),
  }));
  const others = statementsOf(text).map((it) =>
    it.is === 'rule'
      ? { is: it.is, text: `${plain(it.text)},`, at: it.at }
      : { is: it.is, text: plain(it.head), at: it.at },
  );
  return [...includes, ...others]
    .toSorted((a, b) => a.at - b.at)
    .map(({ at, ...it }) => ({ ...it, line: lineAt(at) }));
}

/** The rules and includes of a text. */
export const localRulesOf = (text: string): ReadonlySet<string> =>
  new Set(localStatements(text).flatMap((it) => (it.is === 'rule' ? [it.text] : [])));

/**
 * Blocks that confine keeps have a name of one word; Ansible's markers and those of people have more words.
 * A playbook owns its block and takes it out again, so no other may count on what stands in there.
 */
export const withoutOwnedBlocks = (lines: readonly string[]): readonly string[] => {
  let owned: string | undefined;
  return lines.map((line) => {
    const [, edge, name] = /^# (BEGIN|END) ([A-Za-z0-9_.-]+)$/.exec(line) ?? [];
    if (edge === 'BEGIN') owned ??= name;
    const kept = owned === undefined ? line : '';
    if (edge === 'END' && name === owned) owned = undefined;
    return kept;
  });
};
