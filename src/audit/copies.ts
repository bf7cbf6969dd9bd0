import type { AuditRecord } from './record.ts';
import { idOf } from './trail.ts';

/**
 * A log's records, each once. Without auditd a journal has a record twice: as the kernel's message, with time and
 * serial number, and as journald's own, with neither in most forms of journalctl. Of the two kinds the one that has more
 * of the same record counts, as either may lack some.
 */
export function withoutCopies(records: readonly AuditRecord[]): readonly AuditRecord[] {
  const id = (it: AuditRecord) => idOf({ ...it, time: undefined });
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
