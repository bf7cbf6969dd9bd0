import type { Frames } from './frames.ts';
import { confinement, parseLabel, securityModules, type Label, type SecurityModules } from './label.ts';
import { unknown, value, type Observation } from './observation.ts';
import type { Probe } from './probe.ts';

/** A process that waits for the network on other addresses than the loopback's. */
export interface Listener {
  readonly command: string;
  readonly pid: number;
  /** As ss(8) prints them, with the protocol: `tcp 0.0.0.0:22`. */
  readonly sockets: readonly string[];
  readonly label: Observation<Label>;
}

/** Asks who listens on the network, and under which label. */
export const listenersProbe: Probe<readonly Listener[]> = {
  key: 'listeners',
  needs: ['observe/security.observe.sh', 'observe/attest-listeners.observe.sh'],
  ask: (key) => `observe_security\nobserve_listeners ${key}`,
  parse: (frames, key) => {
    const sockets = frames.text(`${key} sockets`);
    if (sockets === undefined) return unknown(frames.text(`${key} unknown`) ?? 'the host did not answer');
    return value(parseListeners(sockets, labelsOf(frames, key), securityModules(frames)));
  },
};

const labelsOf = (frames: Frames, key: string): ReadonlyMap<number, string> =>
  new Map(
    (frames.text(`${key} labels`) ?? '').split('\n').map((line): [number, string] => {
      const [pid = '', label = ''] = line.split('\t');
      return [Number(pid), label];
    }),
  );

/** Reads `ss -Hlntup`. A socket that several processes hold is each one's; one of the kernel is nobody's. */
export function parseListeners(
  text: string,
  labels: ReadonlyMap<number, string>,
  modules: SecurityModules,
): readonly Listener[] {
  const found = new Map<number, { command: string; sockets: Set<string> }>();
  for (const line of text.split('\n')) {
    const [protocol = '', , , , local = '', , ...users] = line.trim().split(/\s+/);
    if (!/^(tcp|udp)$/.test(protocol) || isLoopback(local)) continue;
    for (const [, command = '', pid] of users.join(' ').matchAll(/\("((?:[^"]|"(?!,pid=))*)",pid=(\d+),/g)) {
      const it = found.get(Number(pid)) ?? { command, sockets: new Set<string>() };
      it.sockets.add(`${protocol} ${local}`);
      found.set(Number(pid), it);
    }
  }
  return [...found].map(([pid, { command, sockets }]) => ({
    command,
    pid,
    sockets: [...sockets].toSorted(),
    label: parseLabel(labels.get(pid) ?? '', modules),
  }));
}

/** 127.0.0.0/8 and ::1, with or without an interface, also as IPv4 addresses in IPv6. */
const isLoopback = (local: string): boolean => /^(127\.|\[(::1|::ffff:127\.[\d.]+)\])/.test(local);

/** Those that no policy holds back. */
export const unconfined = (listeners: readonly Listener[]): readonly Listener[] =>
  listeners.filter(
    ({ label }) => label.is === 'absent' || (label.is === 'value' && confinement(label.value) === 'nothing'),
  );
