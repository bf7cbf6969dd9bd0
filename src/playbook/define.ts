import type { z } from 'zod';
import type { ShippedParams } from '../../modules/index.ts';
import type { Play as PlaySchema, TaskCommon as TaskSchema } from './format.ts';

/**
 * Parameters of modules of one's own, by their names. A file of types adds to them:
 * `declare module 'confine' { interface OwnParams { motd: z.input<typeof motd.params> } }`.
 */
// oxlint-disable-next-line typescript/no-empty-object-type -- it is there to be added to
export interface OwnParams {}

type Template = `${string}{{${string}}}${string}`;

/** A template may stand for every value inside the parameters of a module. */
type Filled<T> = { readonly [K in keyof T]: OrTemplate<T[K]> };
type OrTemplate<T> = unknown extends T ? T : Template | (T extends object ? Filled<T> : T);

type Params = ShippedParams & OwnParams;
type Module = keyof Params;

/** A task: what belongs to every task, and exactly one module with its parameters. */
export type Task = {
  [M in Module]: Readonly<z.input<typeof TaskSchema>> & { readonly [K in M]: Filled<Params[K]> } & {
    readonly [K in Exclude<Module, M>]?: never;
  };
}[Module];

export type Play = Readonly<Omit<z.input<typeof PlaySchema>, 'tasks'>> & { readonly tasks: readonly Task[] };

/** A playbook in TypeScript, the default export of its file: the same plays as in YAML, checked as they are there. */
export const definePlaybook = (plays: readonly Play[]): readonly Play[] => plays;
