import { startText } from '../bind/config.ts';
import { blockedText } from '../bind/permitted.ts';
import type { CheckedNeeds } from '../fleet/needs.ts';
import type { Palette } from './palette.ts';

/** What a host keeps from named, a line each; nothing of one that could not be asked. */
export function needsText(it: CheckedNeeds, paint: Palette): readonly string[] {
  if (it.is === 'ended') return [];
  const read = `${it.host}: read ${startText(it.start)}`;
  if (it.blocked.length === 0) return [read, `${it.host}: nothing that named.conf needs is blocked`];
  return [
    read,
    ...it.blocked.map(
      (one) =>
        `${one.bites ? paint.red('error:') : paint.yellow('warning:')} ${it.host}: ${blockedText(one)}`,
    ),
  ];
}
