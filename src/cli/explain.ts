import { Exit, UsageError } from '../errors.ts';
import { unitRules } from '../lint/lint.ts';
import { conflictRules } from '../plan/conflicts.ts';

/** What a rule says of itself. */
interface Explained {
  readonly id: string;
  readonly title: string;
  readonly reason: string;
  readonly advice: string;
  readonly source: string;
  readonly proof: string;
  readonly severity?: string;
}

const topics: ReadonlyMap<string, readonly Explained[]> = new Map<string, readonly Explained[]>([
  ['conflict', conflictRules],
  ['unit', unitRules],
]);

/** `confine explain conflict|unit [RULE]`: the rule, its reason, and its proof. */
export async function explain([topic = '', name]: readonly string[]): Promise<number> {
  const all = topics.get(topic);
  if (all === undefined)
    throw new UsageError(`nothing to explain about "${topic}"`, 'confine explain conflict|unit [RULE]');
  const rules = all.filter((it) => name === undefined || it.id === name);
  if (rules.length === 0)
    throw new UsageError(
      `no ${topic} rule is called "${name}"`,
      `there are: ${all.map((it) => it.id).join(', ')}`,
    );
  for (const { id, title, reason, advice, source, proof, severity } of rules)
    process.stdout.write(
      `${id}: ${title}\n${severity === undefined ? '' : `  is:     ${severity}\n`}  why:    ${reason}\n  do:     ${advice}\n  source: ${source}\n  proof:  ${proof}\n`,
    );
  return Exit.ok;
}
