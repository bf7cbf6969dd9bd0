import { isIPv6 } from 'node:net';
import { HostName } from '../brand.ts';
import { expandRanges } from './ranges.ts';

export type Named =
  | { readonly is: 'hosts'; readonly names: readonly HostName[]; readonly port: number | undefined }
  | { readonly is: 'bad'; readonly reason: string };

/** The hosts that one entry of an inventory names: a port behind the name taken off, then ranges expanded. */
export function namesOf(pattern: string): Named {
  const [, bracketed, port] = /^\[(.+)\]:(\d{1,5})$/.exec(pattern) ?? [];
  const [, plain, behind] = /^((?:[^:[\]]|\[[^\]]*\])*):(\d{1,5})$/.exec(pattern) ?? [];
  if (bracketed !== undefined && isIPv6(bracketed)) return check([bracketed], port);
  const expanded = expandRanges(plain ?? pattern);
  if (expanded.is === 'bad') return { is: 'bad', reason: `bad host range: ${expanded.reason}` };
  return check(expanded.names, behind);
}

function check(names: readonly string[], port: string | undefined): Named {
  const found: HostName[] = [];
  for (const text of names) {
    const name = HostName.safeParse(text);
    if (!name.success) {
      const reason = name.error.issues.at(-1)?.message ?? 'must be a host name';
      return { is: 'bad', reason: `"${text}" cannot be a host: ${reason}` };
    }
    if (text.includes(':') && !isIPv6(text))
      return {
        is: 'bad',
        reason: `"${text}" cannot be a host: a ":" stands before a port, or in an IPv6 address`,
      };
    found.push(name.data);
  }
  // Ansible takes port 0 for none.
  return { is: 'hosts', names: found, port: Number(port ?? 0) || undefined };
}

/** Why a group cannot have this name. */
export function groupNameTrouble(name: string): string | undefined {
  return /^[A-Za-z0-9_][A-Za-z0-9_.-]*$/.test(name)
    ? undefined
    : `"${name}" cannot be a group: use letters, digits, "_", "." and "-"`;
}
