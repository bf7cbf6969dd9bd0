import { createSocket } from 'node:dgram';
import { createServer } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { AUTHORITATIVE_ANSWER, decode, encode, type Packet } from 'dns-packet';
import { askSoa } from '../../src/bind/soa.ts';

const ends: (() => void)[] = [];
afterEach(() => {
  for (const end of ends.splice(0)) end();
});

type Answer = (question: Packet) => readonly Buffer[];

/** A server that answers over UDP and TCP as a test wants it; BIND itself would never be this rude. */
async function serve(answer: Answer): Promise<{ address: string; port: number; patience: number }> {
  const server = createServer((socket) => {
    socket.on('error', () => {});
    let rest = Buffer.alloc(0);
    socket.on('data', (bytes) => {
      rest = Buffer.concat([rest, bytes]);
      for (; rest.length > 2; rest = rest.subarray(2 + rest.readUInt16BE(0))) {
        const replies = answer(decode(rest.subarray(2)));
        if (replies.length === 0) socket.destroy();
        // Byte by byte, as a slow link may.
        for (const reply of replies)
          for (const byte of Buffer.concat([Buffer.from([reply.length >> 8, reply.length & 255]), reply]))
            socket.write(Buffer.from([byte]));
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const at = server.address();
  const port = typeof at === 'object' && at !== null ? at.port : 0;
  const socket = createSocket('udp4');
  socket.on('message', (bytes, from) => {
    for (const reply of answer(decode(bytes))) socket.send(reply, from.port, from.address);
  });
  await new Promise<void>((resolve) => socket.bind(port, '127.0.0.1', resolve));
  ends.push(
    () => server.close(),
    () => socket.close(),
  );
  return { address: '127.0.0.1', port, patience: 300 };
}

const soa = ({ id, questions = [] }: Packet, serial: number, more: Packet = {}): Buffer =>
  encode({
    type: 'response',
    id: id ?? 0,
    flags: AUTHORITATIVE_ANSWER,
    questions,
    answers: questions.map(({ name }) => ({
      type: 'SOA',
      name,
      data: { mname: 'ns.test', rname: 'x.test', serial, refresh: 1, retry: 1, expire: 1, minimum: 1 },
    })),
    ...more,
  });

const why = async (answer: Answer, zone = 'a.test') =>
  (await askSoa(await serve(answer), [zone])).map(
    (it) => `${it.over} ${it.is === 'none' ? it.why : it.serial}`,
  );

it('asks over UDP and over TCP, without recursion, and takes answers with authority', async () => {
  const flags = new Set<number | undefined>();
  const said = await why((question) => {
    flags.add(question.flags);
    return [soa(question, 4294967295)];
  }, 'A.Test');
  expect(said).toEqual(['udp 4294967295', 'tcp 4294967295']);
  expect([...flags]).toEqual([0]);
});

it.each<[string, Answer, string]>([
  ['an answer without authority', (it) => [soa(it, 1, { flags: 0 })], 'an answer without authority'],
  ['a refusal', (it) => [soa(it, 1, { flags: 5, answers: [] })], 'REFUSED'],
  ['no SOA', (it) => [soa(it, 1, { answers: [] })], 'no SOA'],
])('%s does not count', async (_, answer, said) => {
  expect(await why(answer)).toEqual([`udp ${said}`, `tcp ${said}`]);
});

it('what is no answer to its question is passed over', async () => {
  const said = await why((it) => [
    Buffer.from('garbage'),
    soa({ ...it, id: ((it.id ?? 0) + 1) % 65536 }, 1),
    soa({ ...it, questions: [{ type: 'SOA', name: 'b.test' }] }, 2),
    soa(it, 3),
  ]);
  expect(said).toEqual(['udp 3', 'tcp 3']);
});

it('a server that says nothing is not waited for zone by zone', async () => {
  const zones = Array.from({ length: 500 }, (_, i) => `z${i}.test`);
  const started = performance.now();
  const replies = await askSoa(await serve(() => []), zones);
  expect(replies).toHaveLength(1000);
  expect(new Set(replies.map((it) => `${it.over} ${it.is === 'none' && it.why}`))).toEqual(
    new Set(['udp timed out', 'tcp the connection was closed']),
  );
  expect(performance.now() - started).toBeLessThan(2000);
});

it('many zones come over one connection', async () => {
  const zones = Array.from({ length: 500 }, (_, i) => `z${i}.test`);
  const replies = await askSoa(await serve((it) => [soa(it, 1)]), zones);
  expect(replies.filter((it) => it.is === 'serial')).toHaveLength(1000);
});

it('a port where nobody listens, and a name that is none, are told', async () => {
  const server = await serve(() => []);
  for (const end of ends.splice(0)) end();
  expect(await askSoa(server, ['a.test'])).toMatchObject([
    { over: 'udp' },
    { over: 'tcp', why: 'connection refused' },
  ]);
  expect(await askSoa({ address: 'no.such.name.invalid' }, ['a.test'])).toMatchObject([
    { is: 'none', why: 'no such host name' },
    { is: 'none', why: 'no such host name' },
  ]);
});
