import { z } from 'zod';
import {
  capabilityNames,
  defineModule,
  desire,
  dropInClaim,
  existing,
  FileName,
  probe,
  settingClaim,
  unitKeys,
  UnitName,
  type UnitSettings,
} from '../../src/module-api.ts';

const Text = z
  .string()
  .max(4000)
  .regex(/^[^\u0000-\u001f\u007f]*$/, 'a setting is one line, without newlines or control characters')
  .refine((text) => !text.endsWith('\\'), {
    error: 'a trailing "\\" would continue the line into the next setting',
  });
const Scalar = z.union([z.boolean(), z.number(), Text]);
const page = 'A setting of systemd; systemd.directives(7) names the page that has it.';
// The ids keep the JSON Schema small: each stands there once, and hundreds of settings point at it.
const Setting = z.union([Scalar, z.array(Scalar)]).meta({
  id: 'UnitSetting',
  description: `${page} A list gives one line a value; "" resets a list.`,
  examples: ['0027', ['/srv/bind/zones', '/srv/bind/keys'], ''],
});
const Bool = z
  .union([z.boolean(), z.enum(['yes', 'no', 'true', 'false', 'on', 'off', '1', '0', ''])])
  .meta({ id: 'UnitBoolean', description: `${page} Yes or no; "" resets it.` });

const Capabilities = Setting.check((ctx) => {
  const given = Array.isArray(ctx.value) ? ctx.value : [ctx.value];
  for (const name of given.flatMap((it) => String(it).replace(/^~/, '').split(/\s+/)).filter(Boolean))
    if (!capabilityNames.has(name))
      ctx.issues.push({
        code: 'custom',
        input: ctx.value,
        message: `${name} is no capability; systemd would drop it in silence and leave the process without any`,
      });
}).meta({
  id: 'UnitCapabilities',
  description: `${page} Capabilities by name; "" is none.`,
  examples: ['CAP_NET_BIND_SERVICE CAP_SETUID', ''],
});

// One schema for all settings of a kind: hundreds would be made at every start.
const kinds = {
  boolean: Bool.optional(),
  capabilities: Capabilities.optional(),
  other: Setting.optional(),
};
const capabilityKeys = /^(CapabilityBoundingSet|AmbientCapabilities)$/;

/** One strict object a section: a key that systemd does not know would be ignored by it with a warning only. */
const section = (name: keyof typeof unitKeys): z.ZodType<UnitSettings[string]> =>
  z.strictObject(
    Object.fromEntries([
      ...[...unitKeys[name].boolean].map((key) => [key, kinds.boolean] as const),
      ...[...unitKeys[name].other].map(
        (key) => [key, kinds[capabilityKeys.test(key) ? 'capabilities' : 'other']] as const,
      ),
    ]),
  ) as unknown as z.ZodType<UnitSettings[string]>;

const Settings = z.strictObject({
  Unit: section('Unit')
    .optional()
    .meta({ description: 'The section [Unit]', examples: [{ After: 'network-online.target' }] }),
  Service: section('Service')
    .optional()
    .meta({ description: 'The section [Service]', examples: [{ ProtectHome: true, UMask: '0027' }] }),
  Install: section('Install')
    .optional()
    .meta({ description: 'The section [Install]', examples: [{ WantedBy: 'multi-user.target' }] }),
});

const settingsOf = (settings: z.output<typeof Settings>): UnitSettings =>
  Object.fromEntries(Object.entries(settings).flatMap(([name, keys]) => (keys ? [[name, keys]] : [])));

export const systemdDropin = defineModule({
  name: 'systemd_dropin',
  summary: 'A drop-in file for a systemd unit',
  example: `systemd_dropin:
  unit: named.service
  name: 50-confine
  settings: { Service: { ProtectHome: true, RestrictRealtime: true } }`,
  params: z
    .strictObject({
      unit: UnitName.describe('The unit; an alias like bind9.service is resolved to the real one.'),
      name: FileName.describe(
        'File name of the drop-in, without `.conf`. Files are read in the order of their names.',
      ),
      settings: Settings.default({}).describe(
        'Settings by section. A list gives one line a value; "" resets a list.',
      ),
      state: z.enum(['present', 'absent']).default('present').describe('`absent` removes the drop-in.'),
    })
    .refine(({ state, settings }) => state === 'absent' || Object.keys(settings).length > 0, {
      error: 'settings are missing: give at least one, or state: absent',
      path: ['settings'],
    }),
  claims: ({ unit, name, settings, state }) =>
    state === 'absent'
      ? []
      : [
          dropInClaim(unit, name),
          ...Object.entries(settingsOf(settings)['Service'] ?? {}).flatMap(([key, it]) =>
            (Array.isArray(it) ? it : [it])
              .filter((one) => one !== '')
              .map((one) => settingClaim(unit, key, String(one))),
          ),
        ],
  dropIn: ({ unit, name, settings, state }) =>
    state === 'absent' ? undefined : { unit, name, settings: settingsOf(settings), by: 'person' },
  observe: ({ unit, name }) => ({ unit: probe.unit(unit), file: probe.dropIn(unit, name) }),
  desire: ({ unit, settings, state }, seen) => {
    const real = existing(unit, seen.unit);
    return [
      desire.dropIn(real, existing(unit, seen.file), state === 'present' ? settingsOf(settings) : undefined),
      desire.unit(real, { loaded: 'current' }),
    ];
  },
});
