import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A request that a job made of the API of its service. */
export interface Asked {
  readonly method: string;
  /** With its query, as it was sent. */
  readonly path: string;
  readonly authorization: string | undefined;
  readonly body: Readonly<Record<string, unknown>>;
}

export interface ApiServer {
  readonly url: string;
  readonly asked: Asked[];
  readonly stop: () => void;
}

/**
 * The API of a service on this machine, which notes what it is asked.
 * @param answer what it says: a value as JSON, bytes as they are, and 404 for undefined
 */
export async function startApi(answer: (asked: Asked) => unknown): Promise<ApiServer> {
  const asked: Asked[] = [];
  const server = createServer((request, response) => {
    let text = '';
    request.on('data', (chunk: Buffer) => (text += chunk.toString()));
    request.on('end', () => {
      const { method = '', url: path = '', headers } = request;
      const body = text === '' ? {} : (JSON.parse(text) as Asked['body']);
      const one = { method, path, authorization: headers.authorization, body };
      asked.push(one);
      const said = answer(one);
      response.statusCode = said === undefined ? 404 : 200;
      response.end(Buffer.isBuffer(said) ? said : JSON.stringify(said ?? {}));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, asked, stop: () => void server.close() };
}
