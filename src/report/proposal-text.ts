import { provenanceText } from '../audit/provenance.ts';
import type { NotProposed, ProposedRule } from '../audit/propose.ts';
import type { Palette } from './palette.ts';

/** Rules to copy, each below a comment of where it comes from. */
export const rulesText = (rules: readonly ProposedRule[]): string[] =>
  rules.flatMap((it) => [`# ${provenanceText(it.from)}`, it.text]);

/** What is for people to think about. */
export const notProposedText = (not: readonly NotProposed[], paint: Palette): string[] =>
  not.flatMap((it) => [
    `  ${paint.yellow('!')} not proposed: ${it.what}`,
    `    ${paint.dim('=')} ${it.why}`,
    `    ${paint.dim(provenanceText(it.from))}`,
  ]);
