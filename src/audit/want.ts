import type { AuditRecord } from './record.ts';

export interface FileWant {
  readonly is: 'file';
  /** With a trailing slash where it is a folder. */
  readonly path: string;
  /** Of `r w a k m`. */
  readonly permissions: readonly string[];
  /** Whether the process is the file's owner, and not root; undefined where the record does not say. */
  readonly owned: boolean | undefined;
}

/** What a record says that a program wanted, and was not (or, in complain mode, would not have been) allowed. */
export type Want =
  | FileWant
  | {
      readonly is: 'link';
      readonly path: string;
      readonly target: string;
      readonly owned: FileWant['owned'];
    }
  | { readonly is: 'capability'; readonly name: string }
  | { readonly is: 'network'; readonly family: string; readonly sockType: string | undefined }
  /** Signals, sockets of a name, and buses: the rule says it best. */
  | { readonly is: 'rule'; readonly text: string }
  /** Never proposed. */
  | { readonly is: 'refused'; readonly what: string; readonly why: string };

const refused = (what: string, why: string): Want => ({ is: 'refused', what, why });

/** Reads what a record of AppArmor wanted; undefined where it is none of an access. */
export function wantOf(record: AuditRecord): Want | undefined {
  const { operation = '', name } = record;
  const mask = record.deniedMask ?? record.requestedMask ?? '';
  if (record.event !== 'DENIED' && record.event !== 'ALLOWED' && record.event !== 'KILLED') return undefined;
  if (operation === 'capable') return capability(record);
  if (operation === 'signal') return signal(record, mask);
  if (operation === 'ptrace')
    return refused(`ptrace (${mask}) peer=${record.peer ?? '?'}`, 'whoever traces a process controls it');
  if (/^(mount|umount|remount|pivotroot|pivot_root)$/.test(operation))
    return refused(`${operation} ${name ?? ''}`.trim(), 'mounts change what every other rule is about');
  if (/^(change_|stack)/.test(operation))
    return refused(`change_profile -> ${record.target ?? name ?? '?'}`, 'it would leave the profile');
  if (operation.startsWith('dbus')) return dbus(record, mask);
  if (record.family !== undefined) return socket(record, mask);
  if (name?.startsWith('/') === true) return file(record, name, mask);
  return refused(`${operation} ${name ?? ''}`.trim(), 'confine has no rule for this kind of access');
}

function file(record: AuditRecord, path: string, mask: string): Want {
  if (mask.includes('x'))
    return refused(`${path} x`, 'named starts no programs: find out what made it do so');
  if (/[\u0000-\u001f\u007f]/.test(path))
    return refused(JSON.stringify(path), 'a name with control characters cannot stand in a rule');
  const { fsuid, ouid } = record;
  // named starts as root and goes on as its own user, so that a file of root tells nothing of owners.
  const owned = fsuid === undefined || ouid === undefined ? undefined : fsuid === ouid && fsuid !== 0;
  if (mask.includes('l') && record.target !== undefined)
    return { is: 'link', path, target: record.target, owned };
  // Creating, renaming, removing and changing attributes are all part of `w`.
  const letters = new Set(
    mask
      .split('')
      .map((it) => (/[cdw]/.test(it) ? 'w' : it))
      .filter((it) => /[rwakml]/.test(it)),
  );
  if (letters.has('w')) letters.delete('a');
  if (letters.size === 0) return refused(`${path} ${mask}`, 'confine does not know this kind of access');
  return { is: 'file', path, permissions: [...letters].toSorted(), owned };
}

/** What BIND may need, depending on how it is started; all others reach far beyond a name server. */
const modestCapabilities = new Set(
  'chown fowner fsetid kill setgid setuid setpcap net_bind_service sys_chroot sys_resource sys_nice ipc_lock'.split(
    ' ',
  ),
);

function capability(record: AuditRecord): Want {
  const name = record.capname ?? (record.capability === undefined ? undefined : `${record.capability}`);
  if (name === undefined) return refused('a capability', 'the record does not name it');
  if (modestCapabilities.has(name)) return { is: 'capability', name };
  const files = name.startsWith('dac_');
  return refused(
    `capability ${name}`,
    files
      ? 'it lifts file permissions everywhere: give named’s user the file instead'
      : 'it reaches far beyond a name server',
  );
}

function socket(record: AuditRecord, mask: string): Want {
  const { family = '', sockType, peer, foreignAddress: address } = record;
  const kind = `${family} ${sockType ?? ''}`.trim();
  if (family === 'unix' && (peer !== undefined || address !== undefined)) {
    const ends = [
      peer === undefined ? [] : [`label=${word(peer)}`],
      address === undefined ? [] : [`addr=${word(address)}`],
    ].flat();
    const type = sockType === undefined ? '' : ` type=${sockType}`;
    return { is: 'rule', text: `unix (${listed(mask)})${type} peer=(${ends.join(', ')}),` };
  }
  const plain = /^(inet6?|unix) (stream|dgram)$|^netlink (raw|dgram)$|^unix seqpacket$/.test(kind);
  return plain
    ? { is: 'network', family, sockType }
    : refused(`network ${kind}`, 'BIND uses UDP and TCP over inet and inet6, netlink, and unix sockets only');
}

function signal(record: AuditRecord, mask: string): Want {
  const { signal: name = '?', peer = '?' } = record;
  const text = `signal (${mask}) set=(${name}) peer=${word(peer)},`;
  if (mask !== 'receive') return refused(text.slice(0, -1), 'named signals no other programs');
  return name === '?' || peer === '?' ? refused(text, 'the record is not complete') : { is: 'rule', text };
}

function dbus({ more, name, peer }: AuditRecord, mask: string): Want {
  const [bus, path, interfaceName, member] = ['bus', 'path', 'interface', 'member'].map((it) => more[it]);
  if (bus === undefined || path === undefined || interfaceName === undefined || member === undefined)
    return refused(`dbus ${name ?? ''}`.trim(), 'the record does not say which method it was');
  const end = peer === undefined ? '' : ` peer=(label=${word(peer)})`;
  return {
    is: 'rule',
    text: `dbus (${mask}) bus=${bus} path=${path} interface=${interfaceName} member=${member}${end},`,
  };
}

const word = (text: string) => (/^[\w./@:*+-]+$/.test(text) ? text : `"${text.replaceAll('"', '\\"')}"`);

const listed = (mask: string) =>
  mask
    .split(/[\s,]+/)
    .filter(Boolean)
    .toSorted()
    .join(', ');
