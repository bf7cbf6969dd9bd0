import { z } from 'zod';
import {
  AbsolutePath,
  BlockName,
  defineModule,
  definedProfile,
  desire,
  dropInClaim,
  existing,
  FileName,
  mechanismClaim,
  namedUnit,
  probe,
  ProfileName,
  settingClaim,
} from '../../src/module-api.ts';
import { pathRules } from './rules.ts';

const name = FileName.parse('50-confine-apparmor-exec');

export const apparmorExec = defineModule({
  name: 'apparmor_exec',
  summary: 'A BIND that no AppArmor profile attaches to, as one in /opt, put under the profile of named',
  example: `apparmor_exec:
  unit: bind-opt.service
  profile: named
  libraries: [/opt/bind/lib]
  config: [/opt/bind/etc]
  data: [/opt/bind/var]`,
  params: z.strictObject({
    unit: namedUnit.describe('The unit that starts that BIND; an alias is resolved to the real one.'),
    profile: ProfileName.describe('The kernel’s name of the profile.'),
    binary: AbsolutePath.optional().meta({
      description: 'The named to start in the place of the one that the unit starts. Left out: that one.',
      examples: ['/opt/bind/sbin/named'],
    }),
    via: z
      .enum(['aa-exec', 'AppArmorProfile'])
      .default('aa-exec')
      .describe(
        '`aa-exec` starts named under the profile, and nothing else, from any user. `AppArmorProfile` has systemd put rndc under it, too, so it is refused where the unit starts as root: reload and stop would fail.',
      ),
    libraries: z.array(AbsolutePath).default([]).describe('Folders of libraries, to read and to map (`mr`).'),
    config: z.array(AbsolutePath).default([]).describe('Folders and files to read.'),
    data: z.array(AbsolutePath).default([]).describe('Folders to read and to write.'),
    block: BlockName,
    state: z
      .enum(['present', 'absent'])
      .default('present')
      .describe('`absent` starts named as its unit does, and takes the rules out.'),
  }),
  claims: ({ unit, profile, binary, via, state }) =>
    state === 'absent'
      ? []
      : [
          ...(binary === undefined
            ? []
            : [{ mechanism: 'unit', unit, owns: 'binary', value: binary } as const]),
          ...(via === 'aa-exec'
            ? [
                mechanismClaim(unit, 'aa-exec'),
                { mechanism: 'aa-exec', unit, owns: 'wrapper', value: 'aa-exec' } as const,
              ]
            : [settingClaim(unit, 'AppArmorProfile', profile), dropInClaim(unit, name)]),
        ],
  observe: ({ unit, profile }) => ({
    profile: probe.profile(profile),
    unit: probe.unit(unit),
    file: probe.dropIn(unit, name),
    start: probe.exec(unit),
  }),
  desire: (want, seen) => {
    const profile = definedProfile(want.profile, seen.profile);
    const under = profile.header.name;
    const real = existing(want.unit, seen.unit);
    const present = want.state === 'present';
    const wrapped = present && want.via === 'aa-exec';
    return [
      desire.rules(profile, want.block, present ? pathRules(want) : []),
      desire.profile(profile, { mode: undefined, prove: 'restart' }),
      desire.dropIn(
        real,
        existing(want.unit, seen.file),
        present && !wrapped ? { Service: { AppArmorProfile: under } } : undefined,
      ),
      desire.exec(real, existing(want.unit, seen.start), [
        // Inside of firejail, which can't set up its jail under the profile.
        ...(wrapped
          ? [{ layer: 'wrapper', argv: ['/usr/bin/aa-exec', '-p', under, '--'], rank: 1 } as const]
          : []),
        ...(present && want.binary !== undefined ? [{ layer: 'binary', path: want.binary } as const] : []),
      ]),
      desire.unit(real, { loaded: 'current', ...(present ? { under: profile } : {}) }),
    ];
  },
});
