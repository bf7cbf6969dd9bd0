import { z } from 'zod';
import { ConfirmKey } from './confirm.ts';
import { RolloutKey } from './rollout.ts';

/** What a playbook file may hold. The keys of modules are not in here: they come from the modules. */

const Percentage = z.string().regex(/^(100|\d{1,2})%$/, 'must be a number or a percentage such as "30%"');

const Batch = z.union([z.int().min(1), Percentage]);

const Vars = z.record(z.string(), z.unknown());

export const TaskCommon = z.strictObject({
  name: z
    .string()
    .min(1)
    .optional()
    .meta({ description: 'What the task is for, as reports show it', examples: ['Enforce'] }),
  when: z
    .union([z.boolean(), z.string().min(1), z.array(z.union([z.boolean(), z.string().min(1)]))])
    .optional()
    .meta({
      description: 'A condition, or a list of conditions that must all hold',
      examples: ['host.version == "12"', ['tier == "edge"', 'host.arch != "armhf"']],
    }),
  tags: z
    .union([z.string().min(1), z.array(z.string().min(1))])
    .optional()
    .meta({
      description: 'Tags for --tags and --skip-tags; "always" and "never" as in Ansible',
      examples: ['mode', ['mode', 'always']],
    }),
  become: z.boolean().optional().describe('Whether this task needs root'),
  vars: Vars.optional().meta({
    description: 'Variables of this task',
    examples: [{ zones: '/srv/bind/zones' }],
  }),
});
export type TaskCommon = z.output<typeof TaskCommon>;

export const Play = z.strictObject({
  name: z
    .string()
    .min(1)
    .optional()
    .meta({ description: 'What the play is for, as reports show it', examples: ['Harden BIND'] }),
  hosts: z.union([z.string().min(1), z.array(z.string().min(1)).min(1)]).meta({
    description: 'A host pattern: names, groups, globs, "&group", "!group"',
    examples: ['nameservers', 'nameservers:&edge', ['ns*.example.org', '!ns9.example.org']],
  }),
  become: z.boolean().optional().describe('Whether the tasks need root'),
  vars: Vars.optional().meta({
    description: 'Variables of this play',
    examples: [{ zones: '/srv/bind/zones' }],
  }),
  vars_files: z
    .array(z.string().min(1))
    .optional()
    .meta({
      description: 'Files of variables, relative to the playbook; the last one wins',
      examples: [['vars/zones.yml']],
    }),
  serial: z
    .union([z.int().min(1), Percentage, z.array(Batch).min(1)])
    .optional()
    .meta({
      description:
        'How many hosts are a batch: a number, a percentage of the hosts of the play, or a list of them',
      examples: [5, '25%', [1, 5, '30%']],
    }),
  max_fail_percentage: z
    .union([z.number().min(0).max(100), Percentage])
    .optional()
    .meta({
      description:
        'Start no further host once more than this share of the hosts of the play failed, over all batches',
      examples: [10, '10%'],
    }),
  confirm: ConfirmKey.optional().meta({
    description:
      'Commit only once the zones were seen from outside too, within this time; else the host undoes',
    examples: ['30s', { within: '2m', from: 'ns2.example.org' }],
  }),
  rollout: RolloutKey.optional().meta({
    description: 'Enforces wave by wave, on evidence: confine rollout, and no apply, takes the hosts there',
    examples: [{ waves: ['canaries', '25%', '100%'], soak: '3d' }],
  }),
  tasks: z.array(z.unknown()).meta({
    description: 'What should be, in order',
    examples: [[{ service: { unit: 'named.service', enabled: true, state: 'running' } }]],
  }),
});
export type Play = z.output<typeof Play>;

export const taskKeys = Object.keys(TaskCommon.shape);
export const playKeys = Object.keys(Play.shape);
