import { randomInt } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { lookup } from 'node:dns/promises';
import { connect } from 'node:net';
import { decode, encode } from 'dns-packet';
import pLimit from 'p-limit';
import { overs, type Over, type Reply } from './outside.ts';

/** Where to ask, and for how long. */
export interface Server {
  readonly address: string;
  readonly port?: number;
  /** Milliseconds for each answer, and for a TCP connection. */
  readonly patience?: number;
}

/**
 * Asks a server for the SOA of zones, over UDP and over TCP each by itself: a resolver would choose. Questions
 * are not recursive, and only an answer with authority counts. Never rejects: what fails is in the replies.
 */
export async function askSoa(server: Server, zones: readonly string[]): Promise<readonly Reply[]> {
  const replies = await Promise.all(overs.map((over) => askOver(over, server, zones)));
  return replies.flat();
}

async function askOver(over: Over, server: Server, zones: readonly string[]): Promise<Reply[]> {
  const none = (zone: string, why: string): Reply => ({ zone, over, is: 'none', why });
  const waiting = new Map<number, { readonly zone: string; readonly settle: (reply: Reply) => void }>();
  let answered = false;
  let broken: string | undefined;
  const take = (bytes: Buffer): void => {
    const found = read(bytes);
    const asked = waiting.get(found?.id ?? -1);
    if (found === undefined || asked === undefined || found.question !== plain(asked.zone)) return;
    answered = true;
    asked.settle({ zone: asked.zone, over, ...found.answer });
  };
  const fail = (why: string): void => {
    broken = why;
    for (const { zone, settle } of waiting.values()) settle(none(zone, why));
  };
  const { address, port = 53, patience = 2000 } = server;
  let line: Line;
  try {
    line = await openers[over](await lookup(address), port, patience, take, fail);
  } catch (error) {
    return zones.map((zone) => none(zone, reason(error)));
  }
  const limit = pLimit(32);
  const ask = (zone: string): Promise<Reply> =>
    new Promise((settle) => {
      if (broken !== undefined) return settle(none(zone, broken));
      let id = randomInt(2 ** 16);
      while (waiting.has(id)) id = randomInt(2 ** 16);
      // Where none of the first was answered, the others are not waited for one after the other.
      const late = () => (answered ? done(none(zone, 'timed out')) : fail('timed out'));
      const timer = setTimeout(late, patience);
      const done = (reply: Reply): void => {
        clearTimeout(timer);
        waiting.delete(id);
        settle(reply);
      };
      waiting.set(id, { zone, settle: done });
      try {
        line.send(encode({ type: 'query', id, questions: [{ type: 'SOA', name: zone }] }));
      } catch (error) {
        done(none(zone, reason(error)));
      }
    });
  const replies = await Promise.all(zones.map((zone) => limit(() => ask(zone))));
  line.close();
  return replies;
}

/** An open way to a server. */
interface Line {
  send(packet: Buffer): void;
  close(): void;
}

type Open = (
  to: { readonly address: string; readonly family: number },
  port: number,
  patience: number,
  take: (packet: Buffer) => void,
  fail: (why: string) => void,
) => Promise<Line>;

const openers: Readonly<Record<Over, Open>> = {
  // Connected, so that an answer from elsewhere does not come in.
  udp: ({ address, family }, port, _, take, fail) =>
    new Promise((resolve, reject) => {
      const socket = createSocket(family === 6 ? 'udp6' : 'udp4');
      socket.on('message', take);
      socket.once('error', reject);
      socket.connect(port, address, () => {
        socket.off('error', reject);
        socket.on('error', (error) => fail(reason(error)));
        resolve({ send: (packet) => socket.send(packet), close: () => socket.close() });
      });
    }),
  tcp: ({ address }, port, patience, take, fail) =>
    new Promise((resolve, reject) => {
      const socket = connect({ host: address, port, noDelay: true });
      const timer = setTimeout(() => socket.destroy(new Error('timed out')), patience);
      socket.on('error', (error) => {
        clearTimeout(timer);
        reject(error);
        fail(reason(error));
      });
      socket.on('close', () => fail('the connection was closed'));
      let rest = Buffer.alloc(0);
      socket.on('data', (chunk) => {
        rest = Buffer.concat([rest, chunk]);
        // Two bytes of length before each message (RFC 1035, 4.2.2).
        while (rest.length >= 2 && rest.length >= 2 + rest.readUInt16BE(0)) {
          const end = 2 + rest.readUInt16BE(0);
          take(rest.subarray(2, end));
          rest = rest.subarray(end);
        }
      });
      socket.once('connect', () => {
        clearTimeout(timer);
        resolve({
          send(packet) {
            const length = Buffer.alloc(2);
            length.writeUInt16BE(packet.length);
            socket.write(Buffer.concat([length, packet]));
          },
          close: () => socket.destroy(),
        });
      });
    }),
};

type Answer =
  { readonly is: 'serial'; readonly serial: number } | { readonly is: 'none'; readonly why: string };

/** The codes that a server may well give (RFC 1035, 4.1.1). */
const codes: Readonly<Record<number, string>> = { 2: 'SERVFAIL', 3: 'NXDOMAIN', 5: 'REFUSED', 9: 'NOTAUTH' };

/** Reads an answer; undefined for what is none. */
function read(
  bytes: Buffer,
): { readonly id: number; readonly question: string; readonly answer: Answer } | undefined {
  try {
    const { id = -1, flags = 0, flag_qr: isAnswer, flag_aa, questions, answers } = decode(bytes);
    const question = plain(questions?.[0]?.name ?? '');
    if (!isAnswer) return undefined;
    const code = flags & 0xf;
    const none = (why: string) => ({ id, question, answer: { is: 'none', why } }) as const;
    if (code !== 0) return none(codes[code] ?? `code ${code}`);
    if (!flag_aa) return none('an answer without authority');
    const soa = answers?.find((it) => it.type === 'SOA' && plain(it.name) === question);
    if (soa?.type !== 'SOA' || soa.data.serial === undefined) return none('no SOA');
    return { id, question, answer: { is: 'serial', serial: soa.data.serial } };
  } catch {
    return undefined;
  }
}

/** A name as two are compared: without the last dot, in small letters. */
const plain = (name: string): string => name.replace(/\.$/, '').toLowerCase();

const words: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused',
  EHOSTUNREACH: 'no route to the host',
  ENETUNREACH: 'no route to the network',
  ECONNRESET: 'connection reset',
  ENOTFOUND: 'no such host name',
  EACCES: 'not permitted',
};

function reason(error: unknown): string {
  const { code = '', message }: NodeJS.ErrnoException =
    error instanceof Error ? error : new Error(String(error));
  return words[code] ?? message;
}
