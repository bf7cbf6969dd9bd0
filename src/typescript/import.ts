import * as nodeModule from 'node:module';
import { pathToFileURL } from 'node:url';

export const isTypeScript = (path: string): boolean => path.endsWith('.ts');

type Exports = Readonly<Record<string, unknown>>;

/**
 * Runs a TypeScript file of the user's, and gives what it exports. What it imports as `confine` is this very program,
 * so it needs no node_modules. Node strips the types where it can (22.18 and newer); jiti does on older ones.
 * @throws whatever the file throws, or what is wrong with its syntax
 */
export async function importTypeScript(path: string): Promise<Exports> {
  const { href } = pathToFileURL(path);
  if ('typescript' in process.features && process.features.typescript && canHook(nodeModule)) {
    if (!hooked) hook(nodeModule);
    hooked = true;
    return (await import(href)) as Exports;
  }
  const { createJiti } = await import('jiti');
  const virtualModules = { confine: await import('../index.ts') };
  return createJiti(import.meta.url, { fsCache: false, interopDefault: false, virtualModules }).import(href);
}

/** What newer versions of node:module have, and the types of the oldest that is supported lack. */
interface Hooking {
  registerHooks(hooks: {
    resolve(specifier: string, context: object, next: Next): object;
    load(url: string, context: object, next: Next): object;
  }): void;
}
type Next = (of: string, context: object) => object;

const canHook = (it: object): it is Hooking => 'registerHooks' in it;

/** Hooks are for the whole process. */
let hooked = false;

function hook(into: Hooking): void {
  const url = import.meta.resolve('confine');
  into.registerHooks({
    resolve: (specifier, context, next) =>
      specifier === 'confine' ? { url, shortCircuit: true } : next(specifier, context),
    // Without a package.json that says so, Node would guess the format, and warn.
    load: (url, context, next) =>
      next(url, /\.m?ts$/.test(url) ? { ...context, format: 'module-typescript' } : context),
  });
}
