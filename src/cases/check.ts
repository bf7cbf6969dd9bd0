import { InputError, type Diagnostic } from '../errors.ts';
import type { ModuleDefinition } from '../module-api.ts';
import { findingAt } from '../yaml/spot.ts';
import { readCases, type Case } from './format.ts';
import { planFrom, taskOf } from './host.ts';
import { told } from './told.ts';

/**
 * Runs the cases of a module, without any host.
 * @returns how many there are, and what did not come out as the file says, with its place
 * @throws {InputError} where the file has no cases
 */
export function checkCases(
  file: string,
  module: ModuleDefinition,
): { readonly cases: number; readonly wrong: readonly Diagnostic[] } {
  const cases = readCases(file);
  return { cases: cases.length, wrong: cases.flatMap((it) => checkCase(it, module)) };
}

/** The same for one case. */
export function checkCase(it: Case, module: ModuleDefinition): readonly Diagnostic[] {
  const wrong = (message: string): readonly Diagnostic[] => [findingAt(it.spot, `"${it.name}": ${message}`)];
  try {
    const parsed = module.params.safeParse(it.params);
    const refused = parsed.error?.issues.map(({ message }) => message).join('; ');
    if (it.rejected !== undefined)
      return refused?.includes(it.rejected)
        ? []
        : wrong(`the parameters are ${refused === undefined ? 'right' : `refused, but with: ${refused}`}`);
    if (refused !== undefined) return wrong(`the parameters are refused: ${refused}`);
    const plan = (): readonly string[] =>
      told(planFrom([taskOf(module.name, parsed.data)], new Map([[module.name, module]]), it.host));
    const [once, again] = [plan(), plan()];
    const [first, second, expected] = [once, again, it.expect].map((lines) => JSON.stringify(lines));
    if (first !== second)
      return wrong(`planned twice, it gives two things: ${first}, then ${second}; a module must be pure`);
    return first === expected ? [] : wrong(`it plans ${first}`);
  } catch (error) {
    if (error instanceof InputError) return error.diagnostics;
    throw error;
  }
}
