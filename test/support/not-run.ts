/** Commands of pages that no test runs, by page, and why. */
export const notRun: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'README.md': {
    'npm run demo': 'sets up this machine, and then runs the commands that the page shows below',
    'npm test': 'is what runs all tests, this one too',
  },
  'docs/secrets.md': {
    'sops -e -i inventory/group_vars/nameservers.sops.yml':
      'Debian 12 has no sops: test/fleet/secrets.test.ts reads such files by a program that speaks its command line',
  },
};
