import { unconfined, type Listener } from '../observe/attest-listeners.ts';
import type { Attestation } from './attestation.ts';
import type { Finding } from './finding.ts';

/** Who listens on the network without confinement, above all in the place of named. */
export function listenerFindings({ listeners, named }: Attestation): readonly Finding[] {
  if (listeners.is !== 'value') return [];
  const own =
    named.is === 'value'
      ? [named.value.process, ...named.value.others.map((it) => ({ is: 'value', value: it }) as const)]
      : [];
  const pids = new Set(own.flatMap((it) => (it.is === 'value' ? [it.value.pid] : [])));
  // Without a security module none is confined, which is said already.
  const free = unconfined(listeners.value).filter((it) => it.label.is === 'value' && !pids.has(it.pid));
  const onDns = (it: Listener): boolean => it.sockets.some((socket) => dnsPort.test(socket));
  const dns = free.filter(onDns);
  // confine came in by sshd; it stands among the facts (-v).
  const others = free.filter((it) => !onDns(it) && it.command !== 'sshd');
  return [
    ...(dns.length === 0
      ? []
      : [
          {
            severity: 'warning',
            about: 'listeners',
            what: `unconfined on a port of DNS: ${dns.map(listenerText).join('; ')}`,
            why: 'it answers in place of named, or beside it, and nothing holds it back',
            next: 'end it, or have it listen on the loopback only',
          } as const,
        ]),
    ...(others.length === 0
      ? []
      : [
          {
            severity: 'note',
            about: 'listeners',
            what: `unconfined on the network: ${others.map(listenerText).join('; ')}`,
            why: 'a break-in there gets around what confines named',
            next: 'end what is not needed, have the others listen where they must, or give them a profile',
          } as const,
        ]),
  ];
}

/** DNS, DNS over TLS or QUIC, multicast DNS, and rndc. */
const dnsPort = /:(53|853|953|5353)$/;

/** A listener in words: its name, and where it listens. */
export const listenerText = ({ command, sockets }: Listener): string => `${command} (${sockets.join(', ')})`;
