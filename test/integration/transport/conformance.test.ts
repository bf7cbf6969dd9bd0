import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { createTransport } from '../../../src/transport/index.ts';
import type { Connection, ConnectTarget, RunResult } from '../../../src/transport/transport.ts';
import { startSshd } from '../../support/sshd.ts';
import type { Sshd } from '../../support/sshd.ts';
import { clients, localTarget, sshTarget, sudo } from '../../support/targets.ts';
import { createUser } from '../../support/users.ts';
import type { TestUser } from '../../support/users.ts';

let sshd: Sshd;
let free: TestUser;
let asked: TestUser;

beforeAll(async () => {
  sshd = await startSshd();
  free = createUser({ sudo: 'ALL=(ALL:ALL) NOPASSWD: ALL' });
  asked = createUser({ sudo: 'ALL=(ALL:ALL) ALL' });
});

afterAll(async () => {
  free.remove();
  asked.remove();
  await sshd.stop();
});

/** Every way to a shell behaves the same. `who` is whom the script runs as. */
const ways: readonly {
  readonly name: string;
  readonly who: () => string;
  readonly target: () => ConnectTarget;
}[] = [
  ...clients.flatMap((client) => [
    {
      name: client.by,
      who: () => free.name,
      target: () => sshTarget(sshd, { client, user: free.name }),
    },
    {
      name: `${client.by} with sudo`,
      who: () => 'root',
      target: () => sshTarget(sshd, { client, user: free.name, become: sudo() }),
    },
    {
      name: `${client.by} with sudo and a password`,
      who: () => 'root',
      target: () => sshTarget(sshd, { client, user: asked.name, become: sudo(asked.password) }),
    },
    {
      name: `${client.by} with sudo and a password that is not asked for`,
      who: () => 'root',
      target: () => sshTarget(sshd, { client, user: free.name, become: sudo('not asked for') }),
    },
    {
      name: `${client.by} as root, becoming root`,
      who: () => 'root',
      target: () => sshTarget(sshd, { client, become: sudo() }),
    },
  ]),
  { name: 'local', who: () => 'root', target: () => localTarget() },
  { name: 'local with sudo', who: () => free.name, target: () => localTarget(sudo(undefined, free.name)) },
];

describe.each(ways)('$name', ({ who, target }) => {
  const transport = createTransport();
  let connection: Connection;
  const run = async (script: string) => connection.run(script);

  beforeAll(async () => {
    connection = await transport.connect(target());
  });
  afterAll(() => transport.dispose());

  it('runs as the one it should', async () => {
    expect(text(await run('id -un'))).toBe(`${who()}\n`);
  });

  it('gives back exit codes', async () => {
    expect((await run('true')).status).toEqual({ is: 'exited', code: 0 });
    expect((await run('echo before; false')).status).toEqual({ is: 'exited', code: 1 });
    expect((await run('exit 255')).status).toEqual({ is: 'exited', code: 255 });
    expect((await run('set -e; false; exit 3')).status).toEqual({ is: 'exited', code: 1 });
    expect((await run('if')).status).toEqual({ is: 'exited', code: 2 });
  });

  it('tells a script that was killed from one that ended', async () => {
    expect((await run('kill -9 $$')).status).toEqual({ is: 'killed', signal: 'SIGKILL' });
    expect((await run('kill -TERM $$')).status).toEqual({ is: 'killed', signal: 'SIGTERM' });
  });

  it('keeps stderr apart', async () => {
    const { stdout, stderr } = await run('echo out; echo err >&2; echo out2');
    expect([stdout.toString(), stderr.toString()]).toEqual(['out\nout2\n', 'err\n']);
  });

  it('carries every byte', async () => {
    const octal = Array.from({ length: 256 }, (_, i) => `\\${i.toString(8).padStart(3, '0')}`).join('');
    const { stdout } = await run(`printf '${octal}'`);
    expect(stdout.equals(Buffer.from(Array.from({ length: 256 }, (_, i) => i)))).toBe(true);
  });

  it('joins text whose characters were split on the way', async () => {
    const { stdout } = await run("i=0; while [ $i -lt 20000 ]; do printf 'né€😀'; i=$((i+1)); done");
    expect(stdout.toString('utf8') === 'né€😀'.repeat(20000)).toBe(true);
  });

  it('takes a script of 2 MB', async () => {
    const line = 'n=$((n+1)) # a comment that makes the line some fifty bytes\n';
    const lines = Math.ceil(2_000_000 / line.length);
    expect(text(await run(`n=0\n${line.repeat(lines)}echo $n`))).toBe(`${lines}\n`);
  });

  it('gives children an empty stdin, and never the rest of the script', async () => {
    const script =
      'cat\necho one\nread -r line || echo nothing to read\nwc -c </dev/stdin\nsh -c cat\necho two\n';
    expect(text(await run(script))).toBe('one\nnothing to read\n0\ntwo\n');
  });

  it('starts the same way everywhere', async () => {
    const script = 'pwd; echo "$LC_ALL" "$PATH" $# "$0"';
    expect(text(await run(script))).toBe(
      '/\nC /usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin 0 sh\n',
    );
  });

  it('runs scripts that end in a comment, a document or without a newline', async () => {
    expect(text(await run('echo a # comment'))).toBe('a\n');
    expect(text(await run('cat <<EOF\nb\nEOF'))).toBe('b\n');
    expect(text(await run('#!/bin/sh\n\necho c\n\n\n'))).toBe('c\n');
  });

  it('keeps a command that is long to run in the background out of the way', async () => {
    expect(text(await run('sleep 30 </dev/null >/dev/null 2>&1 & echo started'))).toBe('started\n');
  });

  it('streams stdout as it comes', async () => {
    const seen: string[] = [];
    const result = await connection.run('echo a; echo b', {
      onStdout: (chunk) => seen.push(chunk.toString()),
    });
    expect(seen.join('')).toBe('a\nb\n');
    expect(text(result)).toBe('a\nb\n');
  });

  it('stops at the limit of output', async () => {
    const trip = connection.run('head -c 100000000 /dev/zero', { maxBytes: 1_000_000 });
    await expect(trip).rejects.toMatchObject({ name: 'TransportError', failure: 'too-much-output' });
    const loud = connection.run('head -c 3000000 /dev/zero >&2', { maxBytes: 1_000_000 });
    await expect(loud).rejects.toMatchObject({ failure: 'too-much-output' });
    expect(text(await run('echo still there'))).toBe('still there\n');
  });

  it('carries 100 MB where that is allowed', async () => {
    const { stdout } = await connection.run('head -c 100000000 /dev/zero', { maxBytes: 100_000_000 });
    expect(stdout.length).toBe(100_000_000);
  });

  it('ends a script that takes too long, on the host', async () => {
    const marker = `confine-t-${process.pid}-${Math.random().toString(36).slice(2)}`;
    const trip = connection.run(`sh -c 'sleep 60; : ${marker}'`, { timeout: 0.3 });
    await expect(trip).rejects.toMatchObject({ failure: 'timeout' });
    expect(text(await run(`pgrep -f '[;] : ${marker}' | wc -l`))).toBe('0\n');
  });

  it('ends one that has no time to begin', async () => {
    // A quick machine may have a shell through with `true` within the millisecond.
    await expect(connection.run('sleep 60', { timeout: 0.001 })).rejects.toMatchObject({
      failure: 'timeout',
    });
  });

  it('takes the code of timeout(1) for what it is when the script gave it', async () => {
    const result = await connection.run('exit 124', { timeout: 60 });
    expect(result.status).toEqual({ is: 'exited', code: 124 });
  });

  it('runs many trips at once', async () => {
    const numbers = Array.from({ length: 24 }, (_, i) => i);
    const results = await Promise.all(numbers.map((n) => run(`echo ${n}`)));
    expect(results.map(text)).toEqual(numbers.map((n) => `${n}\n`));
  });

  it('refuses a script that a shell would silently change', async () => {
    await expect(run('echo \0')).rejects.toThrow(RangeError);
  });

  it('loses what still runs when it is closed', async () => {
    const other = await transport.connect(target());
    const started = deferred();
    const trip = other.run('echo started; sleep 30', { onStdout: started.resolve });
    await started.promise;
    await other.close();
    await expect(trip).rejects.toMatchObject({ name: 'TransportError', failure: 'lost' });
    await expect(other.run('true')).rejects.toMatchObject({ failure: 'lost' });
  });
});

it.each(clients)('runs as the login user when asked to, by $by', async (client) => {
  const transport = createTransport();
  const connection = await transport.connect(sshTarget(sshd, { client, user: free.name, become: sudo() }));
  expect(text(await connection.run('id -un', { asLoginUser: true }))).toBe(`${free.name}\n`);
  await transport.dispose();
});

function text(result: RunResult): string {
  return result.stdout.toString();
}

function deferred(): { readonly promise: Promise<void>; readonly resolve: () => void } {
  let resolve!: () => void;
  const promise = new Promise<void>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}
