import { z } from 'zod';
import { InputError } from '../errors.ts';
import { Refusal, type Desire, type ModuleDefinition } from '../module-api.ts';
import { thrownIn } from '../typescript/thrown.ts';
import { isMapping, isPlain } from '../yaml/values.ts';

const isFunction = (it: unknown): boolean => typeof it === 'function';
const callable = z.custom<never>(isFunction, { error: 'must be a function' });

/** What a file of a module has to export, as far as it shows without a call. */
export const Shape = z.looseObject({
  name: z.string(),
  summary: z.string().min(1),
  example: z.string().min(1),
  params: z.custom((it) => isMapping(it) && '_zod' in it && isFunction(it['safeParse']), {
    error: 'must be a schema of zod, like z.strictObject({ … })',
  }),
  claims: callable.optional(),
  dropIn: callable.optional(),
  observe: callable,
  desire: callable,
});

const resources: Readonly<Record<Desire['resource'], true>> = {
  file: true,
  block: true,
  exec: true,
  backlog: true,
  package: true,
  profile: true,
  unit: true,
};

const isProbe = (it: unknown): boolean => isMapping(it) && isFunction(it['ask']) && isFunction(it['parse']);
const isDesire = (it: unknown): boolean => isMapping(it) && String(it['resource']) in resources;

/**
 * The module, but what its code throws, or gives that no module can, is told with its file and name: it is
 * rejected input (exit 3), and no defect of confine.
 */
export function guarded(module: ModuleDefinition, file: string): ModuleDefinition {
  const { params } = module;
  const call = <T>(part: string, run: () => T): T => {
    try {
      return run();
    } catch (error) {
      if (error instanceof Refusal || error instanceof InputError) throw error;
      throw thrownIn(file, `"${part}" of the module "${module.name}" failed`, error);
    }
  };
  const checked = <T>(part: string, run: () => T, isRight: (it: T) => boolean, wanted: string): T =>
    call(part, () => {
      const given = run();
      if (!isRight(given)) throw new Error(`it must give ${wanted}`);
      return given;
    });
  const safeParse: typeof params.safeParse = (given) => call('params', () => params.safeParse(given));
  return {
    ...module,
    params: Object.create(params, { safeParse: { value: safeParse } }) as typeof params,
    ...(module.claims !== undefined && {
      claims: (want) =>
        checked('claims', () => module.claims?.(want) ?? [], Array.isArray, 'a list of claims'),
    }),
    ...(module.dropIn !== undefined && { dropIn: (want) => call('dropIn', () => module.dropIn?.(want)) }),
    observe: (want) =>
      checked(
        'observe',
        () => module.observe(want),
        (it) => isPlain(it) && Object.values(it).every(isProbe),
        'a record of probes, as "probe" makes them',
      ),
    desire: (want, seen) =>
      checked(
        'desire',
        () => module.desire(want, seen),
        (it) => Array.isArray(it) && it.every(isDesire),
        'a list of desired states, as "desire" makes them',
      ),
  };
}
