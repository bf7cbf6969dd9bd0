import type { AuditRecord } from './record.ts';

/** What copies of a record have in common. */
export const idOf = ({
  time,
  serial: _serial,
  syscallName: _syscall,
  more: _more,
  ...rest
}: AuditRecord): string => JSON.stringify({ ...rest, time: time?.toFixed(3) });

/**
 * Records, each once. Without auditd a journal has a record twice: as the kernel's message, with a serial number, and as
 * journald's own, without. Neither alone is enough: the kernel drops messages when there are many, and not every journald
 * listens; so of the two kinds the one that has more of the same record counts.
 * @param by `time` where both have theirs, `fields` where journald's has none, as in most forms of journalctl
 */
export function withoutCopies(
  records: readonly AuditRecord[],
  by: 'time' | 'fields' = 'time',
): readonly AuditRecord[] {
  const id = (it: AuditRecord) => idOf(by === 'time' ? it : { ...it, time: undefined });
  const numbered = new Map<string, number>();
  for (const it of records)
    if (it.serial !== undefined) numbered.set(id(it), (numbered.get(id(it)) ?? 0) + 1);
  return records.filter((it) => {
    if (it.serial !== undefined) return true;
    const copies = numbered.get(id(it)) ?? 0;
    numbered.set(id(it), copies - 1);
    return copies <= 0;
  });
}
