/** What `confine relax` can back out, by the names of the modules that bring it. */
export const relaxable = [
  'apparmor',
  'aa-exec',
  'systemd_sandbox',
  'seccomp',
  'systemd_dropin',
  'firejail',
] as const;
export type Relaxable = (typeof relaxable)[number];
