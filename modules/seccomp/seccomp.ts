import { z } from 'zod';
import {
  defineModule,
  desire,
  dropInClaim,
  existing,
  FileName,
  mechanismClaim,
  namedUnit,
  probe,
  settingClaim,
} from '../../src/module-api.ts';
import { filterSettings } from '../systemd_sandbox/tiers.ts';

const name = FileName.parse('50-confine-seccomp');

export const seccomp = defineModule({
  name: 'seccomp',
  summary: 'A filter of system calls alone, for hosts where the whole sandbox of systemd is too much',
  example: `seccomp: { on_violation: kill }`,
  params: z.strictObject({
    unit: namedUnit,
    on_violation: z
      .enum(['errno', 'kill', 'log'])
      .default('errno')
      .describe('What a forbidden system call leads to, as in `systemd_sandbox`.'),
    allow: z
      .array(
        z
          .string()
          .regex(/^@?[a-z0-9_-]+$/, 'must be a system call or a group of them, like "chroot" or "@keyring"'),
      )
      .default([])
      .meta({
        description: 'More than @system-service, which is what servers need.',
        examples: [['chroot']],
      }),
    state: z.enum(['present', 'absent']).default('present').describe('`absent` takes the filter away.'),
  }),
  claims: ({ unit, state }) =>
    state === 'absent'
      ? []
      : [
          mechanismClaim(unit, 'seccomp'),
          settingClaim(unit, 'SystemCallFilter', '@system-service'),
          dropInClaim(unit, name),
        ],
  observe: ({ unit }) => ({ unit: probe.unit(unit), file: probe.dropIn(unit, name) }),
  desire: ({ unit, on_violation, allow, state }, seen) => {
    const real = existing(unit, seen.unit);
    const calls = ['@system-service', ...allow].join(' ');
    const settings = {
      Service: {
        SystemCallArchitectures: 'native',
        ...filterSettings({ is: 'allow', calls }, on_violation),
      },
    };
    return [
      desire.dropIn(real, existing(unit, seen.file), state === 'present' ? settings : undefined),
      desire.unit(real, { loaded: 'current', ...(state === 'present' ? { has: ['filter'] } : {}) }),
    ];
  },
});
