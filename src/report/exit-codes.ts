/** What each exit code means, in few words; docs/exit-codes.md has more. */
export const exitMeanings: readonly (readonly [code: string, means: string])[] = [
  ['0', 'done or in sync'],
  ['1', 'confine failed'],
  ['2', 'a host failed and was left as it was'],
  ['3', 'rejected input'],
  ['4', 'a host could not be reached'],
  ['5', 'usage'],
  ['6', 'both 2 and 4'],
  ['7', 'rolled back'],
  ['8', 'locked by another run'],
  ['9', 'stale plan'],
  ['10', 'changes pending (--detailed-exitcode)'],
  ['11', 'undone and still unhealthy'],
  ['130 and 143', 'interrupted'],
];
