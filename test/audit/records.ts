import { emptyRecord, type AuditRecord } from '../../src/audit/record.ts';

/** A record of AppArmor with these fields: of named itself, denied, under its profile. */
export const record = (fields: Partial<AuditRecord>): AuditRecord => ({ ...bare, ...fields });

/** A denied access to a file, by its mask as the kernel writes it. */
export const access = (name: string, mask: string, more: Partial<AuditRecord> = {}): AuditRecord =>
  record({ name, requestedMask: mask, deniedMask: mask, fsuid: 100, ouid: 0, ...more });

const bare: AuditRecord = {
  ...emptyRecord('DENIED'),
  time: 1_795_464_208.98,
  serial: 1,
  operation: 'open',
  profile: 'named',
  comm: 'isc-net-0000',
  pid: 1430,
};
