import { InputError, type Diagnostic } from '../errors.ts';
import { loadVars } from '../inventory/folders.ts';
import type { Variable, Vars } from '../inventory/types.ts';
import { shownLine, shownVariable } from '../secret.ts';
import { fixedVariable, nameTrouble } from '../inventory/variable.ts';
import { overlay } from '../inventory/vars.ts';
import { maxFileBytes, parseYaml } from '../yaml/load.ts';
import { findingAt, namedSpot } from '../yaml/spot.ts';
import { describe, isMapping } from '../yaml/values.ts';

/** The variables of all `-e`; the last one wins. Findings in a file keep their place, others stand at `-e`. */
export function extraVars(given: readonly string[], report: (finding: Diagnostic) => void): Vars {
  return overlay(
    given.map((text) => {
      const trimmed = text.trim();
      if (trimmed.startsWith('@')) return loadVars(trimmed.slice(1), report);
      if (/^[{[]/.test(trimmed)) return fromJson(trimmed, report);
      return fromPairs(trimmed, report);
    }),
  );
}

const spot = namedSpot('-e');

function fromJson(text: string, report: (finding: Diagnostic) => void): Vars {
  try {
    const { value } = parseYaml(text, '-e', maxFileBytes, 'ansible');
    if (isMapping(value)) return checked(Object.entries(value), report);
    report(findingAt(spot, `it must be a mapping, but is ${describe(value)}`));
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    for (const finding of error.diagnostics) report(finding);
  }
  return new Map();
}

/** `a=1 b="two words"`: every value is text, as Ansible has it. */
function fromPairs(text: string, report: (finding: Diagnostic) => void): Vars {
  const pair = /([^\s=]+)=("(?:[^"\\]|\\.)*"|'[^']*'|[^\s"']*)(?=\s|$)\s*/y;
  const entries: [string, string][] = [];
  while (pair.lastIndex < text.length) {
    const at = pair.lastIndex;
    const [, name, value] = pair.exec(text) ?? [];
    if (name === undefined || value === undefined) {
      // A password with a blank in it is cut anywhere.
      const rest = shownLine(text) === text ? text.slice(at) : '(secret)';
      report(findingAt(spot, `"${rest}" is not "name=value"`, 'or give JSON: -e \'{"name": 1}\''));
      return new Map();
    }
    entries.push([name, unquote(value)]);
  }
  return checked(entries, report);
}

function unquote(text: string): string {
  if (text.startsWith('"')) return text.slice(1, -1).replaceAll(/\\(.)/gs, '$1');
  return text.startsWith("'") ? text.slice(1, -1) : text;
}

function checked(
  entries: readonly (readonly [string, unknown])[],
  report: (finding: Diagnostic) => void,
): Vars {
  const vars = new Map<string, Variable>();
  for (const [name, value] of entries) {
    const wrong = nameTrouble(name) ?? passwordTrouble(name, value);
    if (wrong === undefined) vars.set(name, fixedVariable(spot, value));
    else report(findingAt(spot, wrong.message, wrong.hint));
  }
  return vars;
}

/** Everybody on this machine sees its command lines. */
const passwordTrouble = (name: string, value: unknown) =>
  shownVariable(name, value) !== value
    ? {
        message: `${name} on the command line can be read by everybody on this machine`,
        hint: `name a variable of the environment: -e '{"${name}": {"env": "NAME"}}', or a file: -e @FILE`,
      }
    : undefined;
