import { z } from 'zod';
import { ConfirmKey } from './confirm.ts';
import { RolloutKey } from './rollout.ts';

/** What a playbook file may hold. The keys of modules are not in here: they come from the modules. */

const Percentage = z.string().regex(/^(100|\d{1,2})%$/, 'must be a number or a percentage such as "30%"');

const Batch = z.union([z.int().min(1), Percentage]);

const Vars = z.record(z.string(), z.unknown());

export const TaskCommon = z.strictObject({
  name: z.string().min(1).optional().describe('What the task is for, as reports show it'),
  when: z
    .union([z.boolean(), z.string().min(1), z.array(z.union([z.boolean(), z.string().min(1)]))])
    .optional()
    .describe('A condition, or a list of conditions that must all hold'),
  tags: z
    .union([z.string().min(1), z.array(z.string().min(1))])
    .optional()
    .describe('Tags for --tags and --skip-tags; "always" and "never" as in Ansible'),
  become: z.boolean().optional().describe('Whether this task needs root'),
  vars: Vars.optional().describe('Variables of this task'),
});
export type TaskCommon = z.output<typeof TaskCommon>;

export const Play = z.strictObject({
  name: z.string().min(1).optional().describe('What the play is for, as reports show it'),
  hosts: z
    .union([z.string().min(1), z.array(z.string().min(1)).min(1)])
    .describe('A host pattern: names, groups, globs, "&group", "!group"'),
  become: z.boolean().optional().describe('Whether the tasks need root'),
  vars: Vars.optional().describe('Variables of this play'),
  vars_files: z
    .array(z.string().min(1))
    .optional()
    .describe('Files of variables, relative to the playbook; the last one wins'),
  serial: z
    .union([z.int().min(1), Percentage, z.array(Batch).min(1)])
    .optional()
    .describe(
      'How many hosts are a batch: a number, a percentage of the hosts of the play, or a list of them',
    ),
  max_fail_percentage: z
    .union([z.number().min(0).max(100), Percentage])
    .optional()
    .describe(
      'Start no further host once more than this share of the hosts of the play failed, over all batches',
    ),
  confirm: ConfirmKey.optional().describe(
    'Commit only once the zones were seen from outside too, within this time; else the host undoes',
  ),
  rollout: RolloutKey.optional().describe(
    'Enforces wave by wave, on evidence: confine rollout, and no apply, takes the hosts there',
  ),
  tasks: z.array(z.unknown()).describe('What should be, in order'),
});
export type Play = z.output<typeof Play>;

export const taskKeys = Object.keys(TaskCommon.shape);
export const playKeys = Object.keys(Play.shape);
