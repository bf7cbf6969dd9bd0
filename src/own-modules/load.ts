import { InputError } from '../errors.ts';
import type { ModuleDefinition } from '../module-api.ts';
import { taskKeys } from '../playbook/format.ts';
import { importTypeScript } from '../typescript/import.ts';
import { thrownIn } from '../typescript/thrown.ts';
import { diagnose } from '../yaml/diagnose.ts';
import { findingAt, namedSpot } from '../yaml/spot.ts';
import { isMapping } from '../yaml/values.ts';
import { findModules, type ModuleFile } from './find.ts';
import { guarded, Shape } from './guard.ts';

/** A module of one's own, and the file that it came from. */
export interface OwnModule {
  readonly file: ModuleFile;
  readonly module: ModuleDefinition;
}

type Modules = ReadonlyMap<string, ModuleDefinition>;

/**
 * Runs the modules in these folders: code on this machine, with the rights of its user.
 * @param shipped the modules that no other may take the name of
 * @param tell hears of each file before it runs
 * @throws {InputError} naming the file of what is no module, or can't be one
 */
export async function loadModules(
  folders: readonly string[],
  shipped: Modules,
  tell: (file: ModuleFile) => void,
): Promise<readonly OwnModule[]> {
  const files = folders.flatMap(findModules);
  const names = new Map<string, string>();
  for (const { name, path } of files) {
    const other = names.get(name);
    if (shipped.has(name))
      throw rejected(path, `confine has a module "${name}" already`, 'give it another name');
    if (taskKeys.includes(name))
      throw rejected(path, `"${name}" is a key of every task`, 'give it another name');
    if (other !== undefined) throw rejected(path, `there is a module "${name}" in ${other} already`);
    names.set(name, path);
  }
  const loaded: OwnModule[] = [];
  for (const file of files) {
    tell(file);
    loaded.push({ file, module: await load(file) });
  }
  return loaded;
}

async function load({ name, path }: ModuleFile): Promise<ModuleDefinition> {
  let exported: Readonly<Record<string, unknown>>;
  try {
    exported = await importTypeScript(path);
  } catch (error) {
    throw thrownIn(path, `the module "${name}" can't be loaded`, error);
  }
  const found = Object.values(exported).find((it) => isMapping(it) && it['name'] === name);
  if (found === undefined)
    throw rejected(
      path,
      `it exports no module "${name}"`,
      `export const ${name} = defineModule({ name: '${name}', … }); what is no module belongs into a folder of its own`,
    );
  const shape = Shape.safeParse(found);
  if (!shape.success)
    throw new InputError(
      diagnose(shape.error.issues, {
        name,
        value: found,
        schema: Shape,
        spot: () => namedSpot(path),
        raw: () => undefined,
      }).map((it) => ({ ...it, message: `the module "${name}": ${it.message}` })),
    );
  return guarded(found as ModuleDefinition, path);
}

const rejected = (path: string, message: string, hint?: string): InputError =>
  new InputError([findingAt(namedSpot(path), message, hint)]);
