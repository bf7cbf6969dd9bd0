import { connect, type Socket } from 'node:net';
import { createInterface, type Interface } from 'node:readline';
import { z } from 'zod';
import { LabError } from './errors.ts';

const Message = z.looseObject({
  QMP: z.unknown().optional(),
  return: z.unknown().optional(),
  error: z.looseObject({ desc: z.string() }).optional(),
  event: z.string().optional(),
});
type Message = z.output<typeof Message>;

/** One line that qemu's monitor sent. */
export function parseMessage(line: string): Message {
  return Message.parse(JSON.parse(line));
}

/** One command of qemu's monitor, on a connection of its own: the monitor serves one client at a time. */
export async function execute(socketPath: string, command: string, args: object = {}): Promise<unknown> {
  const socket = await open(socketPath);
  try {
    const messages = answers(createInterface({ input: socket }));
    await messages.next();
    await ask(socket, messages, { execute: 'qmp_capabilities' });
    return await ask(socket, messages, { execute: command, arguments: args });
  } finally {
    socket.destroy();
  }
}

/** One line for qemu's human monitor (savevm, loadvm), which says nothing when all went well. */
export async function monitor(socketPath: string, line: string): Promise<void> {
  const said = await execute(socketPath, 'human-monitor-command', { 'command-line': line });
  if (typeof said === 'string' && said.trim() !== '') throw new LabError(`qemu's "${line}": ${said.trim()}`);
}

/** Ends qemu at once, with all that the guest has handed to it in the disk's file; the guest writes no more. */
export async function quit(socketPath: string): Promise<void> {
  // The answer races with the end of the connection, so neither matters.
  await execute(socketPath, 'quit').catch(() => undefined);
}

/** Whether qemu's main loop is up: it greets. With a saved state to load, that is once it is loaded. */
export async function greets(socketPath: string): Promise<boolean> {
  let socket: Socket;
  try {
    socket = await open(socketPath);
  } catch {
    return false;
  }
  try {
    await answers(createInterface({ input: socket })).next();
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

function open(path: string): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(path);
    socket.once('connect', () => resolve(socket));
    socket.once('error', reject);
    socket.setTimeout(60_000, () =>
      socket.destroy(new LabError("qemu's monitor did not answer for 60 seconds")),
    );
  });
}

/** The answers, without the events in between. */
async function* answers(lines: Interface): AsyncGenerator<Message, never> {
  for await (const line of lines) {
    const message = parseMessage(line);
    if (message.event === undefined) yield message;
  }
  throw new LabError("qemu's monitor closed the connection");
}

async function ask(
  socket: Socket,
  messages: AsyncGenerator<Message, never>,
  command: object,
): Promise<unknown> {
  socket.write(`${JSON.stringify(command)}\n`);
  const { value } = await messages.next();
  if (value.error) throw new LabError(`qemu's monitor: ${value.error.desc}`);
  return value.return;
}
