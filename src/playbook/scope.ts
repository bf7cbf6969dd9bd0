import { InputError, type Diagnostic } from '../errors.ts';
import type { Variable, Vars } from '../inventory/types.ts';
import { overlay } from '../inventory/vars.ts';
import { holdsSecret, isSecretName, Secret } from '../secret.ts';
import { findingAt, type Spot } from '../yaml/spot.ts';
import { didYouMean } from '../yaml/suggest.ts';
import { isMapping, valueAt } from '../yaml/values.ts';
import { hasTemplate, holdsTemplate, TemplateError, type Template, type Templates } from './template.ts';
import type { ResolvedVars } from './types.ts';

/** Where a text that is being filled in was written. */
export type SpotOf = (path: readonly PropertyKey[], find?: string) => Spot;

/** Variables, and the filling in of templates with them. */
export interface Scope extends ResolvedVars {
  /**
   * The value with every template in it filled in. Throws InputError at the place of the text. Where variables
   * may come later (`open`), a text that needs one of them stays as it is, and a secret is rejected.
   */
  fillIn(value: unknown, spotOf: SpotOf): unknown;
  /** The variables that a template asks for; undefined where one may come later. */
  valuesFor(template: Template, spot: (find?: string) => Spot): Readonly<Record<string, unknown>> | undefined;
}

/** `closed`: every variable is known, so another name is an error. `open`: an inventory may bring more. */
export type Knowledge = 'closed' | 'open';

/** A variable that only an inventory can give. */
class OpenVariable extends Error {
  override readonly name = 'OpenVariable';
}

/**
 * The variables of layers, the last of which is the strongest. `templates` may be missing only where no value holds a
 * template.
 */
export function createScope(
  layers: readonly Vars[],
  templates: Templates | undefined,
  knowledge: Knowledge,
): Scope {
  const variable = (name: string): Variable | undefined =>
    layers.findLast((layer) => layer.has(name))?.get(name);
  const names = (): readonly string[] => [...overlay(layers).keys()];

  const resolved = new Map<string, unknown>();
  const resolving: string[] = [];

  const resolve = (name: string, found: Variable): unknown => {
    if (resolved.has(name)) return resolved.get(name);
    if (!holdsTemplate(found.value)) {
      const value = kept(name, found.value);
      resolved.set(name, value);
      return value;
    }
    const start = resolving.indexOf(name);
    if (start >= 0) {
      const way = [...resolving.slice(start), name].join(' → ');
      throw rejected(findingAt(found.spot(), `the variable "${name}" needs itself: ${way}`));
    }
    resolving.push(name);
    try {
      const filled = fillDeep(found.value, [], (path, find) => found.spot(path, find), rethrow, fillText);
      const value = kept(name, filled);
      resolved.set(name, value);
      return value;
    } finally {
      resolving.pop();
    }
  };

  const scopeFor = (template: Template, spot: (find?: string) => Spot): Record<string, unknown> => {
    const scope: Record<string, unknown> = {};
    for (const name of template.needs) {
      const found = variable(name);
      if (found !== undefined) scope[name] = resolve(name, found);
      else if (knowledge === 'open' && name !== 'host') throw new OpenVariable(name);
      else if (name === 'host')
        throw rejected(
          findingAt(
            spot('host'),
            '"host.…" is known only when the host has been asked, so it cannot be used here',
            'use it in "when"',
          ),
        );
      else if (!template.lenient)
        throw rejected(
          findingAt(spot(name), `the variable "${name}" is not defined`, didYouMean(name, names())),
        );
    }
    const secret = template.isReference ? undefined : template.paths.find((path) => isSecret(scope, path));
    if (secret !== undefined) throw rejected(secretFinding(secret.join('.'), spot));
    return scope;
  };

  const fillText = (text: string, spot: (find?: string) => Spot): unknown => {
    if (templates === undefined) throw new Error('a template, but no template engine');
    try {
      const template = templates.text(text);
      return template.render(scopeFor(template, spot));
    } catch (error) {
      throw error instanceof TemplateError ? rejected(templateFinding(error, spot, overlay(layers))) : error;
    }
  };

  /** The same where the outcome is shown: in plans, in diffs and on hosts. */
  const fillShown: typeof fillText = (text, spot) => {
    const value = fillText(text, spot);
    if (holdsSecret(value)) throw rejected(secretFinding(text.replaceAll(/[\s{}-]/g, ''), spot));
    return value;
  };

  const fillDeep = (
    value: unknown,
    path: readonly PropertyKey[],
    spotOf: SpotOf,
    failed: (error: unknown) => void,
    fill: typeof fillText,
  ): unknown => {
    if (typeof value === 'string') {
      if (!hasTemplate(value)) return value;
      try {
        return fill(value, (find) => spotOf(path, find));
      } catch (error) {
        failed(error);
        return value;
      }
    }
    if (Array.isArray(value))
      return value.map((item, i) => fillDeep(item, [...path, i], spotOf, failed, fill));
    if (isMapping(value))
      return Object.fromEntries(
        Object.entries(value).map(([key, item]) => [
          key,
          fillDeep(item, [...path, key], spotOf, failed, fill),
        ]),
      );
    return value;
  };

  return {
    names,
    has: (name) => variable(name) !== undefined,
    get: (name) => {
      const found = variable(name);
      return found === undefined ? undefined : resolve(name, found);
    },
    at: (name) => variable(name)?.at,
    fillIn: (value, spotOf) => {
      if (!holdsTemplate(value)) return value;
      const findings: Diagnostic[] = [];
      const failed = (error: unknown): void => {
        if (error instanceof InputError) findings.push(...error.diagnostics);
        else if (!(error instanceof OpenVariable)) throw error;
      };
      const filled = fillDeep(value, [], spotOf, failed, fillShown);
      if (findings.length > 0) throw new InputError(findings);
      return filled;
    },
    valuesFor: (template, spot) => {
      try {
        return scopeFor(template, spot);
      } catch (error) {
        if (error instanceof OpenVariable) return undefined;
        throw error;
      }
    },
  };
}

/** A password is one however it was written. */
const kept = (name: string, value: unknown): unknown =>
  isSecretName(name) && typeof value === 'string' ? new Secret(value) : value;

function isSecret(scope: Readonly<Record<string, unknown>>, path: readonly PropertyKey[]): boolean {
  if (isSecretName(path[0])) return true;
  // Liquid gives lists a first and a last.
  const around = valueAt(scope, path.slice(0, -1));
  return holdsSecret(Array.isArray(around) ? around : valueAt(scope, path));
}

const secretFinding = (name: string, spot: (find?: string) => Spot): Diagnostic =>
  findingAt(
    spot(name),
    `"${name}" is a secret, and cannot stand here`,
    'what stands here is shown, and may lie on hosts; a secret goes whole into ansible_password or ansible_become_password',
  );

/** The finding for a template that cannot be read or filled in. */
export function templateFinding(
  error: TemplateError,
  spot: (find?: string) => Spot,
  vars: Vars = new Map(),
): Diagnostic {
  const missing = /^the variable "(.+)" is not defined$/s.exec(error.message)?.[1];
  const hint = error.hint ?? (missing === undefined ? undefined : nearKey(missing, vars));
  return findingAt(spot(error.find), error.message, hint);
}

/** For `zone.nmae`: the keys of the mapping that `zone` is. */
function nearKey(name: string, vars: Vars): string | undefined {
  const steps = name.split('.');
  const [first = '', ...inner] = steps;
  const variable = vars.get(first);
  if (variable === undefined) return didYouMean(first, vars.keys());
  const around = valueAt(variable.value, inner.slice(0, -1));
  return isMapping(around) ? didYouMean(inner.at(-1) ?? '', Object.keys(around)) : undefined;
}

function rejected(finding: Diagnostic): InputError {
  return new InputError([finding]);
}

function rethrow(error: unknown): never {
  throw error;
}
