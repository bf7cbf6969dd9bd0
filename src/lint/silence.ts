import type { Diagnostic } from '../errors.ts';
import { didYouMean } from '../yaml/suggest.ts';
import { findingAt, sourceText, type Spot } from '../yaml/spot.ts';
import type { UnitFindings } from './lint.ts';

/** A comment that says which rules may be broken, and the line that it speaks of. */
export interface Silencer {
  readonly line: number;
  readonly rules: readonly { readonly id: string; readonly spot: Spot }[];
}

/**
 * The comments `# confine: allow RULE[, RULE…]` of a playbook or a unit file. One that stands alone speaks of the
 * next line that is no comment; one behind a value in YAML, of its own line (in TypeScript both start with `//`). In unit files nothing may follow a
 * value (systemd.syntax(7)), so there it stands above.
 */
export function silencersOf(file: string, text: string): readonly Silencer[] {
  const source = sourceText(file, text);
  const lines = text.split('\n');
  const isComment = (line: string): boolean => /^\s*(([#;]|\/\/).*)?$/.test(line);
  let offset = 0;
  return lines.flatMap((line, i): Silencer[] => {
    const start = offset;
    offset += line.length + 1;
    const found =
      /(^\s*(?:[#;]|\/\/)|\s(?:#|\/\/))\s*confine:\s*allow\s+([a-z0-9-]+(?:[\s,]+[a-z0-9-]+)*)\s*$/.exec(
        line,
      );
    const ids = found?.[2];
    if (found === null || ids === undefined) return [];
    const alone = isComment(line);
    const next = lines.findIndex((it, j) => j > i && !isComment(it));
    const from = start + line.lastIndexOf(ids);
    return [
      {
        line: alone ? next + 1 : i + 1,
        rules: [...ids.matchAll(/[a-z0-9-]+/g)].map(({ 0: id, index }) => ({
          id,
          spot: source.spot(from + index, from + index + id.length),
        })),
      },
    ];
  });
}

/**
 * Findings without those that a comment beside them allows.
 * @param texts the files that the findings are in, by the names that the findings give them
 */
export function silence(found: UnitFindings, texts: ReadonlyMap<string, string>): UnitFindings {
  const allowed = new Set(
    [...texts].flatMap(([file, text]) =>
      silencersOf(file, text).flatMap(({ line, rules }) => rules.map(({ id }) => `${file}:${line} ${id}`)),
    ),
  );
  const stays = ({ at, rule }: Diagnostic): boolean => !allowed.has(`${at.file}:${at.line} ${rule}`);
  return { errors: found.errors.filter(stays), warnings: found.warnings.filter(stays) };
}

/**
 * Comments that allow what nothing there does, or rules that there are not: what was mended should not go on being
 * allowed.
 * @param found all findings in these files
 * @param known the names of all rules
 */
export function unusedSilencers(
  found: UnitFindings,
  texts: ReadonlyMap<string, string>,
  known: readonly string[],
): readonly Diagnostic[] {
  const broken = new Set(
    [...found.errors, ...found.warnings].map(({ at, rule }) => `${at.file}:${at.line} ${rule}`),
  );
  return [...texts].flatMap(([file, text]) =>
    silencersOf(file, text).flatMap(({ line, rules }) =>
      rules
        .filter(({ id }) => !broken.has(`${file}:${line} ${id}`))
        .map(({ id, spot }) =>
          known.includes(id)
            ? findingAt(spot, `nothing here breaks the rule ${id}`, 'take the comment out')
            : findingAt(
                spot,
                `there is no rule ${id}`,
                didYouMean(id, known) ?? 'confine explain unit lists them',
              ),
        ),
    ),
  );
}
