import { z } from 'zod';
import {
  AbsolutePath,
  absent,
  defineModule,
  desire,
  dropInClaim,
  existing,
  fileClaim,
  FileName,
  mechanismClaim,
  namedUnit,
  PackageName,
  packagesFirst,
  probe,
  value,
} from '../../src/module-api.ts';
import { profileText } from './profile.ts';

const name = FileName.parse('50-confine-firejail');
const path = AbsolutePath.parse('/etc/firejail/confine-named.profile');
// The includes of the profile come with the second one.
const packages = ['firejail', 'firejail-profiles'].map((it) => PackageName.parse(it));

export const firejail = defineModule({
  name: 'firejail',
  summary: 'named in a Firejail, for hosts where the sandbox of systemd can’t be had',
  example: `firejail: { writable: [/srv/bind/dynamic] }`,
  params: z.strictObject({
    unit: namedUnit,
    writable: z
      .array(AbsolutePath)
      .default([])
      .describe('Paths below /srv that named may write; it may write to /var/lib/bind and /var/cache/bind.'),
    state: z
      .enum(['present', 'absent'])
      .default('present')
      .describe('`absent` takes the jail away, and leaves the packages.'),
  }),
  claims: ({ unit, state }) =>
    state === 'absent'
      ? []
      : [
          mechanismClaim(unit, 'Firejail'),
          { mechanism: 'Firejail', unit, owns: 'wrapper', value: 'firejail' },
          dropInClaim(unit, name),
          fileClaim(path),
        ],
  observe: ({ unit }) => ({
    packages: probe.packages(packages),
    profile: probe.file(path),
    unit: probe.unit(unit),
    file: probe.dropIn(unit, name),
    start: probe.exec(unit),
  }),
  desire: ({ unit, writable, state }, seen) => {
    const present = state === 'present';
    const brought = packagesFirst(present ? packages : [], seen.packages);
    if (brought.missing) return brought.desires;
    const real = existing(unit, seen.unit);
    const content = Buffer.from(profileText(writable, brought.versions[0] ?? ''));
    return [
      ...brought.desires,
      desire.file(
        path,
        seen.profile,
        present ? value({ is: 'file', content, mode: '0644', owner: 'root', group: 'root' }) : absent,
      ),
      // READY comes from named, which is not the main process; a stop ends firejail with 128 + SIGTERM.
      desire.dropIn(
        real,
        existing(unit, seen.file),
        present ? { Service: { NotifyAccess: 'all', SuccessExitStatus: '143' } } : undefined,
      ),
      desire.exec(
        real,
        existing(unit, seen.start),
        present ? [{ layer: 'wrapper', argv: ['/usr/bin/firejail', `--profile=${path}`], rank: 0 }] : [],
      ),
      desire.unit(real, { loaded: 'current', ...(present ? { inside: 'firejail' as const } : {}) }),
    ];
  },
});
