import { z } from 'zod';
import {
  defineModule,
  definedProfile,
  desire,
  mechanismClaim,
  probe,
  ProfileName,
} from '../../src/module-api.ts';

export const apparmorMode = defineModule({
  name: 'apparmor_mode',
  summary:
    'The mode of an AppArmor profile: complain logs what it would deny, enforce denies it, disabled confines nothing',
  example: `apparmor_mode: { profile: named, mode: enforce }`,
  params: z.strictObject({
    profile: ProfileName.describe(
      'The kernel’s name of the profile, or the path of the binary it attaches to.',
    ),
    mode: z
      .enum(['complain', 'enforce', 'disabled'])
      .describe(
        'What the kernel must say of the profile. `disabled` unloads it: what runs under it is unconfined at once, and only a restart under a loaded profile confines it again.',
      ),
    prove: z
      .enum(['restart', 'reload', 'none'])
      .default('restart')
      .describe('What proves that BIND still works after complain became enforce.'),
  }),
  claims: () => [mechanismClaim(undefined, 'AppArmor')],
  observe: ({ profile }) => ({ profile: probe.profile(profile) }),
  desire: (want, seen) => desire.mode(definedProfile(want.profile, seen.profile), want.mode, want.prove),
});
