import { z } from 'zod';
import {
  AbsolutePath,
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
import { tierSettings } from './tiers.ts';

const name = FileName.parse('50-confine-sandbox');

/** What the running named has to show, whatever a later drop-in of somebody's says. */
const traitsOf = (tier: string) => [
  'filter' as const,
  'no-new-privileges' as const,
  ...(tier === 'maximum' ? ['user-bind' as const] : []),
];

export const systemdSandbox = defineModule({
  name: 'systemd_sandbox',
  summary: 'The sandbox of systemd around named, in one of three measured tiers',
  example: `systemd_sandbox: { tier: strict, writable: [/srv/bind/dynamic] }`,
  params: z.strictObject({
    unit: namedUnit,
    tier: z
      .enum(['baseline', 'strict', 'maximum'])
      .default('baseline')
      .describe(
        '`baseline`: root start, nothing assumed of data paths. `strict`: root start, only Debian’s paths and `writable` can be written. `maximum`: starts as user bind, with one capability.',
      ),
    on_violation: z
      .enum(['errno', 'kill', 'log'])
      .default('errno')
      .describe(
        'What a forbidden system call leads to: an error that named sees, and nobody else; the end of named, in the journal, without a core; or a line in the audit trail, and nothing is forbidden.',
      ),
    writable: z.array(AbsolutePath).default([]).describe('More paths that named may write.'),
    address_families: z
      .array(z.string().regex(/^AF_[A-Z0-9]+$/, 'must be an address family, like AF_PACKET'))
      .default([])
      .meta({
        description: 'More address families than AF_INET, AF_INET6, AF_UNIX and AF_NETLINK.',
        examples: [['AF_PACKET']],
      }),
    state: z.enum(['present', 'absent']).default('present').describe('`absent` takes the sandbox away.'),
  }),
  claims: ({ unit, tier, state }) =>
    state === 'absent'
      ? []
      : [
          mechanismClaim(unit, 'systemd sandbox'),
          settingClaim(unit, 'SystemCallFilter', tier),
          dropInClaim(unit, name),
          ...(tier === 'maximum'
            ? [
                { mechanism: 'systemd sandbox', unit, owns: 'options', value: '-u' } as const,
                settingClaim(unit, 'User', 'bind'),
              ]
            : []),
        ],
  dropIn: ({ unit, tier, on_violation, writable, address_families, state }) =>
    state === 'absent'
      ? undefined
      : {
          unit,
          name,
          settings: tierSettings(tier, on_violation, { writable, addressFamilies: address_families }),
          by: 'module',
        },
  observe: ({ unit }) => ({
    unit: probe.unit(unit),
    file: probe.dropIn(unit, name),
    start: probe.exec(unit),
  }),
  desire: ({ unit, tier, on_violation, writable, address_families, state }, seen) => {
    const real = existing(unit, seen.unit);
    const [file, start] = [existing(unit, seen.file), existing(unit, seen.start)];
    const settings = tierSettings(tier, on_violation, { writable, addressFamilies: address_families });
    const asBind = state === 'present' && tier === 'maximum';
    return [
      desire.dropIn(real, file, state === 'present' ? settings : undefined),
      desire.exec(real, start, asBind ? [{ layer: 'without', option: '-u' }] : []),
      desire.unit(real, { loaded: 'current', ...(state === 'present' ? { has: traitsOf(tier) } : {}) }),
    ];
  },
});
