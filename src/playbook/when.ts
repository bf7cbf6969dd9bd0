import { InputError } from '../errors.ts';
import { fixedVariable } from '../inventory/variable.ts';
import { namedSpot, type Spot } from '../yaml/spot.ts';
import { describe } from '../yaml/values.ts';
import type { Condition } from './loaded.ts';
import { templateFinding, type Scope } from './scope.ts';
import { TemplateError, type Template, type Templates } from './template.ts';
import type { HostFacts, When } from './types.ts';

/** What a condition is without a host: decided, or left to the facts of the host. */
export type Decision =
  | { readonly is: 'decided'; readonly holds: boolean }
  | {
      readonly is: 'deferred';
      readonly text: string;
      readonly values: Readonly<Record<string, unknown>>;
      readonly evaluate: (facts: HostFacts) => boolean;
    }
  /** It needs a variable that only an inventory has. */
  | { readonly is: 'open' };

/** Throws InputError where the condition cannot be read, or asks for a variable that does not exist. */
export function decide(condition: Condition, scope: Scope, templates: Templates | undefined): Decision {
  if (condition.is === 'fixed') return { is: 'decided', holds: condition.holds };
  const { text, spot } = condition;
  if (templates === undefined) throw new Error('a condition, but no template engine');
  const template = explained(condition, () => templates.condition(text));
  const needsHost = template.needs.includes('host');
  const others: Template = { ...template, needs: template.needs.filter((name) => name !== 'host') };
  const values = scope.valuesFor(others, spot);
  if (values === undefined) return { is: 'open' };
  if (!needsHost) return { is: 'decided', holds: holds(condition, template, values) };
  const evaluate = (facts: HostFacts) => holds(condition, template, { ...values, host: facts }, facts);
  return { is: 'deferred', text, values, evaluate };
}

/** Conditions that ask for the host, with the variables they ask for besides, as a saved plan carries them. */
export function deferredWhen(
  conditions: readonly string[],
  values: Readonly<Record<string, unknown>>,
  spot: () => Spot,
  templates: Templates,
): When {
  const all = conditions.map((text) => {
    const condition = { is: 'text', text, spot } as const;
    return { condition, template: explained(condition, () => templates.condition(text)) };
  });
  return {
    is: 'deferred',
    conditions,
    values,
    evaluate: (facts) =>
      all.every(({ condition, template }) => holds(condition, template, { ...values, host: facts }, facts)),
  };
}

type Written = Condition & { readonly is: 'text' };

const holds = (
  condition: Written,
  template: Template,
  values: Readonly<Record<string, unknown>>,
  facts?: HostFacts,
): boolean =>
  explained(
    condition,
    () => {
      const result = template.render(values);
      if (typeof result === 'boolean') return result;
      throw new TemplateError(
        `a condition must be true or false, but this is ${describe(result)}`,
        undefined,
        'compare it: == "…"',
      );
    },
    facts,
  );

function explained<T>(condition: Written, run: () => T, facts: HostFacts = {}): T {
  try {
    return run();
  } catch (error) {
    if (!(error instanceof TemplateError)) throw error;
    const host = new Map([['host', fixedVariable(namedSpot('host'), facts)]]);
    throw new InputError([templateFinding(error, condition.spot, host)]);
  }
}

/** All conditions of a task together: false as soon as one is, deferred as long as one is. */
export function combine(
  conditions: readonly Condition[],
  decisions: readonly Decision[],
): { readonly is: 'no'; readonly reason: string } | When {
  const failed = decisions.findIndex((d) => d.is === 'decided' && !d.holds);
  if (failed >= 0) return { is: 'no', reason: `false for this host: ${conditions[failed]?.text ?? ''}` };
  const deferred = decisions.filter((d) => d.is === 'deferred');
  if (deferred.length === 0) return { is: 'yes' };
  return {
    is: 'deferred',
    conditions: deferred.map((d) => d.text),
    values: Object.assign({}, ...deferred.map((d) => d.values)) as Readonly<Record<string, unknown>>,
    evaluate: (facts) => deferred.every((d) => d.evaluate(facts)),
  };
}
