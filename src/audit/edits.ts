import type { Position } from '../errors.ts';
import { isTypeScript } from '../typescript/import.ts';
import { parseYaml } from '../yaml/load.ts';
import { appendRules, insertTask, taskAt, type PlaybookText } from './amend.ts';
import type { Placed } from './place.ts';
import { spliced, type Splice } from './splice.ts';

/** A playbook's file with the proposals in it. */
export interface Edit {
  readonly file: string;
  readonly before: string;
  readonly after: string;
}

/** Rules that a person has to put somewhere. */
export interface ByHand {
  readonly placed: Placed;
  /** Undefined where no file is a place for them. */
  readonly at: Position | undefined;
  readonly why: string;
  readonly hint: string;
}

/**
 * The files of playbooks as they will be, each read once.
 * @param read gives the text of a file, with its byte order mark if it has one
 */
export function editsFor(
  profile: string,
  placed: readonly Placed[],
  read: (file: string) => string,
): { readonly edits: readonly Edit[]; readonly byHand: readonly ByHand[] } {
  const books = new Map<string, PlaybookText & { readonly mark: string; readonly splices: Splice[] }>();
  const byHand: ByHand[] = [];
  for (const it of placed) {
    const { place, proposal } = it;
    if (proposal.rules.length === 0) continue;
    if (place.is === 'nowhere') {
      byHand.push({ placed: it, at: undefined, why: place.why, hint: 'these rules belong into it' });
      continue;
    }
    const { file } = place.at;
    if (isTypeScript(file)) {
      byHand.push({
        placed: it,
        at: place.at,
        why: 'confine does not write TypeScript',
        hint: 'these rules belong into it',
      });
      continue;
    }
    const book = books.get(file) ?? open(file, read(file));
    books.set(file, book);
    const task = taskAt(book, place.module, place.at);
    if (task === undefined) throw new Error(`${file} changed while it was read`);
    const amendment =
      place.is === 'append'
        ? appendRules(book, task, proposal.rules)
        : insertTask(book, task, profile, proposal.rules);
    if (amendment.is === 'splices') book.splices.push(...amendment.splices);
    else byHand.push({ placed: it, at: amendment.at, why: amendment.why, hint: amendment.hint });
  }
  const edits = [...books].flatMap(([file, { mark, text, splices }]) => {
    const after = spliced(text, splices);
    // A place that was misjudged must be found here, and not by the next one who runs the playbook.
    parseYaml(after, file);
    return splices.length === 0 ? [] : [{ file, before: mark + text, after: mark + after }];
  });
  return { edits, byHand };
}

function open(file: string, whole: string) {
  const mark = whole.startsWith('\uFEFF') ? '\uFEFF' : '';
  const text = whole.slice(mark.length);
  return { mark, text, doc: parseYaml(text, file), splices: [] };
}
