import { z } from 'zod';
import {
  BlockName,
  defineModule,
  definedProfile,
  desire,
  mechanismClaim,
  probe,
  ProfileName,
} from '../../src/module-api.ts';

const Rule = z
  .string()
  .transform((text) => text.trim())
  .pipe(
    z
      .string()
      .min(1, 'a rule cannot be empty')
      .max(2000)
      .regex(/^[^\u0000-\u001f\u007f]*$/, 'a rule is one line, without newlines or control characters')
      .refine((rule) => rule.startsWith('#') || rule.endsWith(','), {
        error: 'a rule of AppArmor ends with a comma',
      })
      .refine((rule) => !/^#\s*(BEGIN|END)\s/.test(rule), {
        error: 'a rule cannot look like one of confine’s markers',
      }),
  );

export const apparmorOverride = defineModule({
  name: 'apparmor_override',
  summary: 'Local additions to a packaged AppArmor profile',
  example: `apparmor_override:
  profile: named
  rules: ["/srv/bind/zones/ r,", "/srv/bind/zones/** r,"]`,
  params: z
    .strictObject({
      profile: ProfileName.describe(
        'The kernel’s name of the profile, or the path of the binary it attaches to.',
      ),
      rules: z
        .array(Rule)
        .default([])
        .describe(
          'Rules of apparmor.d(5), one a string, each with its comma. All tasks of a host share one block; what others wrote into the file outside of it is not doubled.',
        ),
      state: z
        .enum(['present', 'absent'])
        .default('present')
        .describe('`absent` takes the rules out, and leaves the file, which the profile includes.'),
      block: BlockName,
      prove: z
        .enum(['restart', 'reload', 'none'])
        .default('restart')
        .describe('What proves rules that deny more than before.'),
    })
    .refine(({ state, rules }) => state === 'absent' || rules.length > 0, {
      error: 'rules are missing: give at least one, or state: absent',
      path: ['rules'],
    }),
  claims: ({ state }) => (state === 'absent' ? [] : [mechanismClaim(undefined, 'AppArmor')]),
  observe: ({ profile }) => ({ profile: probe.profile(profile) }),
  desire: (want, seen) => {
    const profile = definedProfile(want.profile, seen.profile);
    const lines = want.state === 'present' ? want.rules : [];
    return [
      desire.rules(profile, want.block, lines),
      desire.profile(profile, { mode: undefined, prove: want.prove }),
    ];
  },
});
