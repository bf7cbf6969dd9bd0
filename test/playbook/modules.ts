import { z } from 'zod';
import type { ModuleMap, ModuleSpec } from '../../src/playbook/spec.ts';

const specs: readonly ModuleSpec[] = [
  {
    name: 'apparmor_mode',
    summary: 'The mode of a profile',
    params: z.strictObject({
      profile: z.string().describe('The name of the profile'),
      mode: z.enum(['enforce', 'complain']).default('enforce'),
      force: z.boolean().optional(),
    }),
  },
  {
    name: 'apparmor_override',
    summary: 'Rules beside a packaged profile',
    params: z.strictObject({
      profile: z.string(),
      rules: z.array(z.string().min(1)).min(1),
      mode: z.string().optional(),
      limits: z.record(z.string(), z.int()).optional(),
    }),
  },
];

/** Two modules that exist in no release. */
export const modules: ModuleMap = new Map(specs.map((spec) => [spec.name, spec]));
