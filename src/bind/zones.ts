import { statementOf, statementsOf, valueOf, type Statement } from './named-conf.ts';

/** A zone as named.conf declares it, and where a statement that it lacks is looked for. */
export interface ZoneStatement {
  readonly name: string;
  /** `_default` outside of views, as BIND calls it. */
  readonly view: string;
  readonly type: string;
  /** A statement of the zone itself, or of its template. */
  readonly own: (word: string) => Statement | undefined;
  /** The nearest statement of that name: its own, its view's, or the options'. */
  readonly setting: (word: string) => Statement | undefined;
}

/**
 * All zones that named loads, in views and outside. One that is `in-view` is loaded in the other view.
 * Source: BIND 9 Administrator Reference Manual, "zone Block Grammar" and, for 9.20, "template".
 */
export function zoneStatements(top: readonly Statement[]): readonly ZoneStatement[] {
  const options = statementOf(top, 'options')?.block;
  const templates = new Map(statementsOf(top, 'template').map((it) => [it.words[1], it.block]));
  const scopes = [
    { view: '_default', block: top, outer: [options] },
    ...statementsOf(top, 'view').map(({ words: [, view = ''], block }) => ({
      view,
      block: block ?? [],
      outer: [block, options],
    })),
  ];
  return scopes.flatMap(({ view, block, outer }) =>
    statementsOf(block, 'zone').flatMap(({ words: [, name = ''], block: zone }) => {
      if (statementOf(zone, 'in-view')) return [];
      const owns = [zone, templates.get(valueOf(zone, 'template'))];
      const own = (word: string) => nearest(owns, word);
      const setting = (word: string) => nearest([...owns, ...outer], word);
      return [{ name, view, type: own('type')?.words[1] ?? 'primary', own, setting }];
    }),
  );
}

const nearest = (
  blocks: readonly (readonly Statement[] | undefined)[],
  word: string,
): Statement | undefined => {
  for (const block of blocks) {
    const found = statementOf(block, word);
    if (found) return found;
  }
  return undefined;
};
