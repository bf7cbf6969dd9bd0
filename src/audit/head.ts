/** What stands before a record's fields, whoever wrote the line. */
export interface Head {
  /** The record's type: its name, or its number as the kernel prints it; undefined where the line has none. */
  readonly type: string | undefined;
  /** Seconds since the epoch; undefined where the line has only a date without a year. */
  readonly time: number | undefined;
  readonly serial: number | undefined;
  /** The fields. */
  readonly body: string;
}

const stamp =
  '(?:\\w{3} +\\d+ [\\d:]{8}(?:\\.\\d+)?|(?<iso>\\d{4}-\\d\\d-\\d\\dT[\\d:]{8}(?:[.,]\\d+)?(?:Z|[+-]\\d\\d:?\\d\\d))|(?<unix>\\d+\\.\\d+))';
/** Syslog's, with its priority where somebody kept it; `dmesg` has none. */
const logged = new RegExp(
  `^(?:<\\d+>)?(?:${stamp} (?:\\S+ )?)?(?<tag>kernel|audit|dbus|dbus-daemon|dbus-broker(?:-launch)?)(?:\\[\\d+\\])?: (?<message>.*)$`,
  's',
);
const audited =
  /^(?:type=(?<type>\S+) )?(?:msg=)?audit\((?<time>\d+(?:\.\d+)?):(?<serial>\d+)\) ?: +(?:type=(?<late>\d+) +)?(?<body>.*)$/s;
const interpreted = /^type=\w+ msg=audit\(\d+\/\d+\/\d+ [\d:.]+:\d+\) /;

/**
 * Reads what is before the fields: of auditd's log (with `node=`), of the kernel's messages in dmesg, syslog and the
 * journal in all of journalctl's forms, of journald's own copy (`audit[PID]: AVC …`), of a D-Bus daemon, or nothing.
 * Undefined for any other line.
 */
export function headOf(line: string): Head | undefined {
  if (line.startsWith('{')) return headOfJson(line);
  const auditd = audited.exec(line.replace(/^node=\S+ /, ''));
  if (auditd && (auditd.groups?.['type'] !== undefined || line.startsWith('audit('))) return stamped(auditd);
  if (/^(apparmor=|avc: {1,2}(denied|granted) )/.test(line))
    return { type: undefined, time: undefined, serial: undefined, body: line };
  const { tag, message = '', iso, unix } = logged.exec(line)?.groups ?? {};
  const time = unix === undefined ? instantOf(iso) : Number(unix);
  if (tag !== undefined) return headOfMessage(tag, message, time);
  return /^\[ *\d+\.\d+\] /.test(line) ? headOfMessage('kernel', line, undefined) : undefined;
}

/** Whether a line is what `ausearch -i` made of a record: names are no longer to be told from what is around them. */
export const isInterpreted = (line: string): boolean => interpreted.test(line.replace(/^node=\S+ /, ''));

function headOfMessage(tag: string, message: string, time: number | undefined): Head | undefined {
  if (tag === 'kernel') {
    const text = message.replace(/^\[ *\d+\.\d+\] /, '').replace(/^audit: /, '');
    const found = audited.exec(text);
    return found ? stamped(found) : { type: 'kernel', time, serial: undefined, body: text };
  }
  if (tag === 'audit') {
    const [, type, body] = /^([A-Z][A-Z0-9_]+) (.*)$/s.exec(message) ?? [];
    return type === undefined || body === undefined ? undefined : { type, time, serial: undefined, body };
  }
  return message.startsWith('apparmor=')
    ? { type: 'USER_AVC', time, serial: undefined, body: message }
    : undefined;
}

function stamped({ groups = {} }: RegExpExecArray): Head {
  return {
    type: groups['type'] ?? groups['late'],
    time: Number(groups['time']),
    serial: Number(groups['serial']),
    body: groups['body'] ?? '',
  };
}

/** `journalctl -o json`. */
function headOfJson(line: string): Head | undefined {
  let entry: unknown;
  try {
    entry = JSON.parse(line);
  } catch {
    return undefined;
  }
  const of = (key: string): string | undefined => {
    const it: unknown = (entry as Readonly<Record<string, unknown>>)[key];
    return typeof it === 'string' ? it : undefined;
  };
  const message = of('MESSAGE');
  if (message === undefined) return undefined;
  const time = Number(of('_SOURCE_REALTIME_TIMESTAMP') ?? of('__REALTIME_TIMESTAMP')) / 1e6;
  const tag = { kernel: 'kernel', audit: 'audit' }[of('_TRANSPORT') ?? ''] ?? 'dbus';
  return headOfMessage(tag, message, Number.isNaN(time) ? undefined : time);
}

function instantOf(iso: string | undefined): number | undefined {
  if (iso === undefined) return undefined;
  const time = Date.parse(iso.replace(',', '.').replace(/([+-]\d\d)(\d\d)$/, '$1:$2'));
  return Number.isNaN(time) ? undefined : time / 1000;
}
