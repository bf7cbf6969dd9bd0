import type { z } from 'zod';

/** What the playbook loader needs to know about a module: a task's key, and the shape of its parameters. */
export interface ModuleSpec {
  readonly name: string;
  readonly summary: string;
  /** A task of it, in YAML. */
  readonly example?: string;
  readonly params: z.ZodType;
}

/** All modules that a playbook may use, by name. */
export type ModuleMap = ReadonlyMap<string, ModuleSpec>;
