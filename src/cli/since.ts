import { UsageError } from '../errors.ts';
import { spanSeconds } from '../span.ts';

/**
 * Reads `--since`: so long ago (`30m`, `2h`, `3d`), a day, or a time of day, which is UTC unless it says otherwise.
 * @param now seconds since the epoch
 * @returns seconds since the epoch
 * @throws {UsageError} for what is neither, no date of the calendar, or yet to come
 */
export function sinceTime(text: string, now: number): number {
  const span = spanSeconds(text, 'smhdw');
  const time = span === undefined ? dateOf(text) : now - span;
  if (time === undefined)
    throw new UsageError(
      `--since "${text}" is neither a span nor a time`,
      'write it like 2h, 3d, 2026-11-20 or 2026-11-20T18:30Z (UTC, where no offset is given)',
    );
  if (time > now) throw new UsageError(`--since "${text}" is yet to come`, 'times are UTC');
  return time;
}

function dateOf(text: string): number | undefined {
  const [, day, hour = '00:00', zone = 'Z'] =
    /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d)?)(Z|[+-]\d\d:\d\d)?)?$/.exec(text) ?? [];
  if (day === undefined) return undefined;
  const [midnight, time] = [Date.parse(`${day}T00:00Z`), Date.parse(`${day}T${hour}${zone}`)];
  // Date.parse takes the 30th of February for the 2nd of March.
  const known = !Number.isNaN(time) && new Date(midnight).toISOString().startsWith(day);
  return known ? time / 1000 : undefined;
}
