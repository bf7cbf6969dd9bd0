/** What a step of a transaction is called for people. */
export const steps: Readonly<Record<string, string>> = {
  validate: 'checking the new rules and units in a staged copy',
  rehearse: 'rehearsal',
  place: 'putting in place',
  profile: 'loading profile',
  unload: 'unloading profile',
  'daemon-reload': 'systemd reads its units again',
  health: 'asking DNS',
  confirm: 'asking DNS from outside:',
  confirmed: 'acknowledged from outside',
  undo: 'undoing',
  packages: 'packages:',
  waiting: 'waiting for the lock, which is held by',
};
