import { unknown, value, type Observation } from './observation.ts';

/** Linux's capabilities by their bit (capabilities(7)), without CAP_. */
const names = (
  'CHOWN DAC_OVERRIDE DAC_READ_SEARCH FOWNER FSETID KILL SETGID SETUID SETPCAP LINUX_IMMUTABLE ' +
  'NET_BIND_SERVICE NET_BROADCAST NET_ADMIN NET_RAW IPC_LOCK IPC_OWNER SYS_MODULE SYS_RAWIO SYS_CHROOT ' +
  'SYS_PTRACE SYS_PACCT SYS_ADMIN SYS_BOOT SYS_NICE SYS_RESOURCE SYS_TIME SYS_TTY_CONFIG MKNOD LEASE ' +
  'AUDIT_WRITE AUDIT_CONTROL SETFCAP MAC_OVERRIDE MAC_ADMIN SYSLOG WAKE_ALARM BLOCK_SUSPEND AUDIT_READ ' +
  'PERFMON BPF CHECKPOINT_RESTORE'
).split(' ');

/** A set of capabilities, as CapEff and CapBnd in /proc/PID/status. */
export interface Capabilities {
  /** Every one that this kernel has. */
  readonly all: boolean;
  /** Without CAP_; one that this version of confine has no name for is its number. */
  readonly names: readonly string[];
}

/**
 * Reads a mask of capabilities.
 * @param last the kernel's last one, /proc/sys/kernel/cap_last_cap
 */
export function parseCapabilities(mask: string, last: string): Observation<Capabilities> {
  if (!/^[0-9a-f]{1,16}$/i.test(mask)) return unknown('the kernel did not say');
  const bits = BigInt(`0x${mask}`);
  const held = Array.from({ length: 64 }, (_, bit) => bit).filter((bit) => (bits >> BigInt(bit)) & 1n);
  const end = last === '' ? names.length - 1 : Number(last);
  return value({ all: held.length === end + 1, names: held.map((bit) => names[bit] ?? String(bit)) });
}

/** In few words: `all`, `none`, or the names. */
export const capabilitiesText = ({ all, names: held }: Capabilities): string =>
  all ? 'all' : held.length === 0 ? 'none' : held.join(' ');
