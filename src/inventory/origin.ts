import type { Position } from '../errors.ts';
import type { Beside } from './list.ts';
import type { Host, Inventory, Variable } from './types.ts';
import { magicVars, namedLayers, type Layer } from './vars.ts';

/** One of the places that give a variable of a host its value. */
export interface Origin {
  readonly value: unknown;
  readonly at: Position;
  /** What kind of place it is, by which it ranks. */
  readonly from: string;
}

/** All that was said of a variable of a host, the strongest first: that is its value. None where nobody said any. */
export function originsOf(
  inventory: Inventory,
  host: Host,
  name: string,
  { folders, extra }: Beside,
): readonly Origin[] {
  const layers: readonly Layer[] = [
    ...namedLayers(inventory, host, folders),
    ...(extra === undefined ? [] : [{ from: 'the command line', vars: extra }]),
    { from: 'nobody can set it', vars: magicVars(inventory, host) },
  ];
  return layers.toReversed().flatMap(({ from, vars }) => {
    const said: Origin[] = [];
    for (let it: Variable | undefined = vars.get(name); it !== undefined; it = it.beat)
      said.push({ value: it.value, at: it.at, from });
    return said;
  });
}

/** The names that a host's variables have, for those who misspelt one. */
export function namesOfVars(inventory: Inventory, host: Host, { folders, extra }: Beside): readonly string[] {
  const all = [
    ...namedLayers(inventory, host, folders).map((it) => it.vars),
    extra,
    magicVars(inventory, host),
  ];
  return [...new Set(all.flatMap((vars) => [...(vars?.keys() ?? [])]))];
}
