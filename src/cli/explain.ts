import { Exit, UsageError } from '../errors.ts';
import { conflictRules } from '../plan/conflicts.ts';

/** `confine explain conflict [RULE]`: the rule, its reason, and its proof. */
export async function explain([topic, name]: readonly string[]): Promise<number> {
  if (topic !== 'conflict')
    throw new UsageError(`nothing to explain about "${topic}"`, 'confine explain conflict [RULE]');
  const rules = conflictRules.filter((it) => name === undefined || it.id === name);
  if (rules.length === 0)
    throw new UsageError(
      `no conflict rule is called "${name}"`,
      `there are: ${conflictRules.map((it) => it.id).join(', ')}`,
    );
  for (const { id, title, reason, advice, source, proof } of rules)
    process.stdout.write(
      `${id}: ${title}\n  why:    ${reason}\n  do:     ${advice}\n  source: ${source}\n  proof:  ${proof}\n`,
    );
  return Exit.ok;
}
