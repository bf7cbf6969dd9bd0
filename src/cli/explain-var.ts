import { Exit, UsageError } from '../errors.ts';
import { originsOf, namesOfVars } from '../inventory/origin.ts';
import { originText } from '../report/origin-text.ts';
import { didYouMean } from '../yaml/suggest.ts';
import type { CommonOptions } from './options.ts';
import { besideOf, hostOf, inventoryOf } from './given-inventory.ts';

/** `confine explain var HOST NAME`: the value of a variable, the place that it comes from, and what that beat. */
export function explainVar(
  [hostName, name]: readonly (string | undefined)[],
  options: CommonOptions,
): number {
  if (hostName === undefined || name === undefined)
    throw new UsageError('which variable of which host?', 'confine explain var HOST NAME -i INVENTORY');
  const inventory = inventoryOf(options);
  const host = hostOf(inventory, hostName);
  const beside = besideOf(inventory, options);
  const [winner, ...beaten] = originsOf(inventory, host, name, beside);
  if (winner === undefined) {
    const near = didYouMean(name, namesOfVars(inventory, host, beside));
    const hint = near ?? `confine inventory --host ${hostName} shows all of its variables`;
    throw new UsageError(`${hostName} has no variable "${name}"`, hint);
  }
  process.stdout.write(`${originText(hostName, name, winner, beaten)}\n`);
  return Exit.ok;
}
