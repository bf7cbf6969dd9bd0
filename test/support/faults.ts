import { createServer, connect } from 'node:net';
import type { Server, Socket } from 'node:net';

/** The two ends of a conversation. */
export type End = 'client' | 'server';

/** Where a conversation is cut: behind so many bytes of one end it is reset, ended, or goes dark. */
export interface Cut {
  readonly from: End;
  readonly bytes: number;
  readonly how: 'reset' | 'end' | 'dark';
}

/** A TCP proxy on 127.0.0.1 that can stop forwarding, as a link that went dark does: nothing is closed. */
export interface Proxy {
  readonly port: number;
  /** Connections that came, dropped ones included. */
  readonly taken: () => number;
  /** Bytes that an end has sent, over all connections. */
  readonly sent: (end: End) => number;
  readonly goDark: () => void;
  readonly close: () => Promise<void>;
}

export interface ProxyOptions {
  /** Resets the first connections without a word, as sshd does above MaxStartups. */
  readonly resetFirst?: number;
  /** Cuts every connection there. */
  readonly cut?: Cut;
  /** Called when a connection was cut. */
  readonly onCut?: () => void;
  /** Milliseconds in which what the server says is gathered, to pass in one piece. */
  readonly gather?: number;
  /** Called with each chunk that has passed. */
  readonly onPassed?: (sent: Readonly<Record<End, number>>) => void;
  /** The server's address; 127.0.0.1 by default. */
  readonly host?: string;
}

export async function startProxy(to: number, options: ProxyOptions = {}): Promise<Proxy> {
  let dark = false;
  let taken = 0;
  const sent: Record<End, number> = { client: 0, server: 0 };
  const far = new Set<Socket>();
  const server = await listen((near) => {
    taken += 1;
    if (taken <= (options.resetFirst ?? 0)) {
      near.resetAndDestroy();
      return;
    }
    const server = connect({ port: to, host: options.host ?? '127.0.0.1', noDelay: true });
    far.add(server);
    let severed = false;
    const sever = ({ how }: Cut) => {
      severed = true;
      for (const socket of [near, server])
        if (how === 'reset') socket.resetAndDestroy();
        else if (how === 'end') socket.end();
      options.onCut?.();
    };
    let gathered: Buffer[] = [];
    const put = (end: End, into: Socket, chunk: Buffer) => {
      if (end === 'client' || options.gather === undefined) {
        into.write(chunk);
        return;
      }
      gathered.push(chunk);
      if (gathered.length > 1) return;
      setTimeout(() => {
        into.write(Buffer.concat(gathered));
        gathered = [];
      }, options.gather);
    };
    const pass = (end: End, from: Socket, into: Socket) => {
      let bytes = 0;
      from.on('data', (chunk: Buffer) => {
        if (dark || severed) return;
        const { cut } = options;
        const left = cut?.from === end ? cut.bytes - bytes : Infinity;
        bytes += chunk.length;
        sent[end] += Math.min(chunk.length, left);
        options.onPassed?.(sent);
        if (chunk.length <= left) return put(end, into, chunk);
        // What passes is on its way before anything behind it is cut.
        if (cut) into.write(chunk.subarray(0, left), () => sever(cut));
        severed = true;
      });
      from.on('error', () => into.destroy());
      from.on('close', () => {
        if (!dark && !(severed && options.cut?.how === 'dark')) into.destroy();
      });
    };
    pass('client', near, server);
    pass('server', server, near);
  });
  return {
    ...server,
    taken: () => taken,
    sent: (end) => sent[end],
    goDark: () => void (dark = true),
    async close() {
      for (const socket of far) socket.destroy();
      await server.close();
    },
  };
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
