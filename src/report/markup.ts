import { escaped } from './escape.ts';

/** HTML that is safe to stand in a page: made by `h` alone. */
export interface Markup {
  readonly markup: string;
}

/** What may stand in a template: text, which is escaped, and markup, which is left as it is. */
type Part = string | number | Markup | readonly Markup[];

/** HTML from a template, in which every text is escaped. Values go into elements and quoted attributes only. */
export const h = (template: TemplateStringsArray, ...values: readonly Part[]): Markup => ({
  markup: template.map((it, i) => (i === 0 ? it : `${markupOf(values[i - 1] ?? '')}${it}`)).join(''),
});

function markupOf(part: Part): string {
  if (typeof part === 'number') return String(part);
  if (typeof part === 'string') return escaped(part);
  return 'markup' in part ? part.markup : part.map(({ markup }) => markup).join('');
}

const nothing: Markup = h``;

/** What stands only where there is something to show. */
export const when = (shown: boolean, it: () => Markup): Markup => (shown ? it() : nothing);
