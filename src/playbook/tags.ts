import { InputError } from '../errors.ts';
import { findingAt, namedSpot } from '../yaml/spot.ts';
import type { HostTasks } from './types.ts';

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

/**
 * Rejects tags that leave no task: a misspelt one would call every host in sync.
 * @throws {InputError} with the tags that there are
 */
export function rejectNoTask(
  hosts: readonly Pick<HostTasks, 'tasks'>[],
  { tags, skipTags }: { readonly tags?: readonly string[]; readonly skipTags?: readonly string[] },
): void {
  const tasks = hosts.flatMap((it) => it.tasks);
  if (tags === undefined && skipTags === undefined) return;
  if (tasks.length === 0 || tasks.some((it) => it.selected)) return;
  const known = [...new Set(tasks.flatMap((it) => it.tags))].toSorted();
  throw new InputError([
    findingAt(
      namedSpot(tags === undefined ? '--skip-tags' : '--tags'),
      `"${(tags ?? skipTags ?? []).join(',')}" leaves no task`,
      known.length === 0 ? 'no task has a tag' : `tags there are: ${known.join(', ')}`,
    ),
  ]);
}
