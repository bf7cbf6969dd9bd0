import { compile } from './aare.ts';
import type { FileRule, Rule } from './rules.ts';

/** An access to a file, as a profile is asked for it. */
export interface FileAccess {
  readonly path: string;
  /** Of `r w a l k m`. */
  readonly permissions: Iterable<string>;
  /** Whether the process owns the file; undefined where that is not known. */
  readonly owned: boolean | undefined;
}

/** Which of its permissions the rules do not give; empty where they cover the access. */
export function missing(rules: readonly Rule[], access: FileAccess): string[] {
  const about = fileRulesFor(rules, access.path).filter((it) => !it.owner || access.owned === true);
  const denied = about.filter((it) => it.deny);
  const allowed = about.filter((it) => !it.deny);
  return [...access.permissions].filter(
    (it) =>
      denied.some((rule) => rule.permissions.has(it)) || !allowed.some((rule) => rule.permissions.has(it)),
  );
}

/** The `deny` rule that keeps it out, whatever other rules say. */
export function denying(rules: readonly Rule[], access: FileAccess): FileRule | undefined {
  return fileRulesFor(rules, access.path).find(
    (it) =>
      it.deny &&
      (!it.owner || access.owned !== false) &&
      [...access.permissions].some((letter) => it.permissions.has(letter)),
  );
}

function fileRulesFor(rules: readonly Rule[], path: string): FileRule[] {
  return rules.filter(
    (it): it is FileRule => it.is === 'file' && (it.path === undefined || matcherOf(it.path)(path)),
  );
}

const compiled = new Map<string, (path: string) => boolean>();

/** A pattern that can't be read stands for nothing: then an access is rather called missing than covered. */
function matcherOf(pattern: string): (path: string) => boolean {
  const known = compiled.get(pattern);
  if (known !== undefined) return known;
  const matches = compile(pattern)?.matches ?? (() => false);
  compiled.set(pattern, matches);
  return matches;
}
