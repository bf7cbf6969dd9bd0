/** The values of `--tags` or `--skip-tags`: given several times, and each with commas. */
export function tagList(given: readonly string[] | undefined): readonly string[] {
  return (given ?? [])
    .flatMap((text) => text.split(','))
    .map((tag) => tag.trim())
    .filter((tag) => tag !== '');
}

/** Whether a task with these tags is left in, by the rules of Ansible for `always`, `never`, `all`, `tagged` and `untagged`. */
export function isSelected(
  taskTags: readonly string[],
  only: readonly string[],
  skip: readonly string[],
): boolean {
  const tags = new Set(taskTags.length === 0 ? ['untagged'] : taskTags);
  const wanted = only.length === 0 ? ['all'] : only;
  return isWanted(tags, taskTags.length > 0, wanted) && !isSkipped(tags, taskTags.length > 0, skip);
}

function isWanted(tags: ReadonlySet<string>, tagged: boolean, only: readonly string[]): boolean {
  if (tags.has('always') || only.some((tag) => tags.has(tag))) return true;
  if (tags.has('never')) return false;
  return only.includes('all') || (tagged && only.includes('tagged'));
}

function isSkipped(tags: ReadonlySet<string>, tagged: boolean, skip: readonly string[]): boolean {
  if (skip.includes('all')) return !tags.has('always') || skip.includes('always');
  return skip.some((tag) => tags.has(tag)) || (tagged && skip.includes('tagged'));
}
