import { z } from 'zod';
import { defineModule, definedProfile, desire, probe, ProfileName, Refusal } from '../../src/module-api.ts';

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
          'Rules of apparmor.d(5), one a string, each with its comma. All tasks of a host share one block.',
        ),
      state: z
        .enum(['present', 'absent'])
        .default('present')
        .describe('`absent` takes the rules out, and leaves the file, which the profile includes.'),
      block: z
        .string()
        .regex(/^[A-Za-z0-9_.-]+$/, 'letters, digits, "_", "." and "-" only')
        .default('confine')
        .describe(
          'Name of the marked block. Give each playbook of a host its own, or each takes out the other’s rules.',
        ),
      prove: z
        .enum(['restart', 'reload', 'none'])
        .default('restart')
        .describe('What proves rules that deny more than before.'),
    })
    .refine(({ state, rules }) => state === 'absent' || rules.length > 0, {
      error: 'rules are missing: give at least one, or state: absent',
      path: ['rules'],
    }),
  observe: ({ profile }) => ({ profile: probe.profile(profile) }),
  desire: (want, seen) => {
    const profile = definedProfile(want.profile, seen.profile);
    const { local, file, header } = profile;
    const lines = want.state === 'present' ? want.rules : [];
    if (!profile.includesLocal && lines.length > 0)
      throw new Refusal(
        'error',
        `profile ${header.name} in ${file.path} does not include ${local.path}, so the rules would silently do nothing`,
        `add "#include <local/${local.path.slice(local.path.lastIndexOf('/') + 1)}>" to the profile, before its closing brace`,
      );
    return [
      desire.block(local, want.block, lines),
      desire.profile(profile, { mode: undefined, prove: want.prove }),
    ];
  },
});
