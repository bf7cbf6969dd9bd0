import { createServer, connect } from 'node:net';
import type { Server, Socket } from 'node:net';

/** A TCP proxy on 127.0.0.1 that can stop forwarding, as a link that went dark does: nothing is closed. */
export interface Proxy {
  readonly port: number;
  /** Connections that came, dropped ones included. */
  readonly taken: () => number;
  readonly goDark: () => void;
  readonly close: () => Promise<void>;
}

export interface ProxyOptions {
  /** Resets the first connections without a word, as sshd does above MaxStartups. */
  readonly resetFirst?: number;
  /** After so many bytes from the server, resets the connection, ends it, or goes dark. */
  readonly after?: { readonly bytes: number; readonly how: 'reset' | 'end' | 'dark' };
}

export async function startProxy(to: number, options: ProxyOptions = {}): Promise<Proxy> {
  let dark = false;
  let taken = 0;
  const server = await listen((near) => {
    taken += 1;
    if (taken <= (options.resetFirst ?? 0)) {
      near.resetAndDestroy();
      return;
    }
    const far = connect({ port: to, host: '127.0.0.1', noDelay: true });
    const { after } = options;
    let bytes = 0;
    far.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (after === undefined || bytes <= after.bytes || dark) return;
      dark = true;
      near.write(chunk.subarray(0, chunk.length - (bytes - after.bytes)));
      if (after.how === 'reset') near.resetAndDestroy();
      else if (after.how === 'end') near.end();
    });
    pass(near, far, () => dark);
    pass(far, near, () => dark);
  });
  return { ...server, taken: () => taken, goDark: () => void (dark = true) };
}

function pass(from: Socket, into: Socket, isDark: () => boolean): void {
  from.on('data', (chunk: Buffer) => {
    if (!isDark()) into.write(chunk);
  });
  from.on('error', () => into.destroy());
  from.on('close', () => {
    if (!isDark()) into.destroy();
  });
}

/** A server that takes connections and never says a word. */
export function startMute(): Promise<{ readonly port: number; readonly close: () => Promise<void> }> {
  return listen((socket) => socket.on('error', () => {}));
}

async function listen(
  take: (socket: Socket) => void,
): Promise<{ readonly port: number; readonly close: () => Promise<void> }> {
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    take(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return {
    port: address.port,
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
