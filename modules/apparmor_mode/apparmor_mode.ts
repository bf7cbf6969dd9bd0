import { z } from 'zod';
import {
  absent,
  defineModule,
  definedProfile,
  desire,
  mechanismClaim,
  probe,
  ProfileName,
  value,
  type Profile,
} from '../../src/module-api.ts';

export const apparmorMode = defineModule({
  name: 'apparmor_mode',
  summary: 'The mode of an AppArmor profile: complain logs what it would deny, enforce denies it',
  example: `apparmor_mode: { profile: named, mode: enforce }`,
  params: z.strictObject({
    profile: ProfileName.describe(
      'The kernel’s name of the profile, or the path of the binary it attaches to.',
    ),
    mode: z.enum(['complain', 'enforce']).describe('What the kernel must say of the profile.'),
    prove: z
      .enum(['restart', 'reload', 'none'])
      .default('restart')
      .describe('What proves that BIND still works after complain became enforce.'),
  }),
  claims: () => [mechanismClaim(undefined, 'AppArmor')],
  observe: ({ profile }) => ({ profile: probe.profile(profile) }),
  desire: (want, seen) => {
    const profile = definedProfile(want.profile, seen.profile);
    const base = profile.file.path.slice(profile.file.path.lastIndexOf('/') + 1);
    return [
      ...withoutComplainFlag(profile),
      desire.located(profile.disable, absent),
      // The link leaves the package's file alone and survives its upgrade; aa-complain does neither.
      desire.located(
        profile.forceComplain,
        want.mode === 'complain' ? value({ is: 'link', target: `../${base}` }) : absent,
      ),
      desire.profile(profile, { mode: want.mode, prove: want.prove }),
    ];
  },
});

/** Takes out what aa-complain wrote into the package's file, which gives back the package's bytes. */
function withoutComplainFlag(profile: Profile) {
  const { node } = profile.file;
  if (!profile.header.flags.includes('complain') || node.is !== 'value' || node.value.is !== 'file')
    return [];
  const content = node.value.content
    .toString('latin1')
    .split('\n')
    .map((line) => (isHeader(line, profile.header.name) ? dropFlag(line) : line))
    .join('\n');
  return [desire.located(profile.file, value({ ...node.value, content: Buffer.from(content, 'latin1') }))];
}

const isHeader = (line: string, name: string) =>
  /flags\s*=\s*\(/.test(line) &&
  line
    .trim()
    .split(/[\s"]+/)
    .includes(name);

function dropFlag(line: string): string {
  return line.replace(/\s*flags\s*=\s*\(([^)]*)\)/, (_, flags: string) => {
    const rest = flags.split(/[\s,]+/).filter((flag) => flag !== '' && flag !== 'complain');
    return rest.length > 0 ? ` flags=(${rest.join(', ')})` : '';
  });
}
