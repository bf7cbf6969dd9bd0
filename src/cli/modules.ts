import { modules as shipped } from '../../modules/index.ts';
import type { ModuleDefinition } from '../module-api.ts';
import type { ModuleFile } from '../own-modules/find.ts';
import type { CommonOptions } from './options.ts';
import { say } from './say.ts';

/** All words that playbooks of a run may use. */
export interface Vocabulary {
  readonly modules: ReadonlyMap<string, ModuleDefinition>;
  /** Files of those that do not ship with confine. */
  readonly own: readonly ModuleFile[];
}

const loaded = new WeakMap<readonly string[], Promise<Vocabulary>>();

/** The modules that ship, and those of `--module-path`, which run, and are told, once. */
export async function vocabularyOf({ modulePath }: Pick<CommonOptions, 'modulePath'>): Promise<Vocabulary> {
  if (modulePath === undefined) return { modules: shipped, own: [] };
  const known = loaded.get(modulePath) ?? loadOwn(modulePath);
  loaded.set(modulePath, known);
  return known;
}

async function loadOwn(folders: readonly string[]): Promise<Vocabulary> {
  const { loadModules } = await import('../own-modules/load.ts');
  const own = await loadModules(folders, shipped, ({ name, path, sha256 }) =>
    say(`module "${name}" of your own runs on this machine: ${path} (sha256 ${sha256})`),
  );
  return {
    modules: new Map([...shipped, ...own.map(({ module }) => [module.name, module] as const)]),
    own: own.map(({ file }) => file),
  };
}
