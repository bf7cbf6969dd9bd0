import { z } from 'zod';
import { defineModule, PackageName, packagesFirst, probe } from '../../src/module-api.ts';

export const packageModule = defineModule({
  name: 'package',
  summary: 'Debian packages that must be installed; confine never removes one',
  example: `package: { names: [auditd, apparmor-utils], state: present }`,
  params: z.strictObject({
    names: z
      .array(PackageName)
      .min(1)
      .describe(
        'Packages, by their names in the host’s own apt sources. Recommended packages are not brought along.',
      ),
    state: z
      .literal('present')
      .default('present')
      .describe('Only `present`: confine goes forward with packages.'),
  }),
  observe: ({ names }) => ({ packages: probe.packages(names) }),
  desire: ({ names }, { packages }) => packagesFirst(names, packages).desires,
});
