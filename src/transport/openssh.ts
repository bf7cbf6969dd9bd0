import { readFile, rm } from 'node:fs/promises';

import { place } from './dial.ts';
import type { NotOpened } from './dial.ts';
import { behindJump, entered } from './entry.ts';
import type { EntryTools } from './entry.ts';
import type { HostKeys } from './host-keys.ts';
import { parseKnownHosts } from './known-hosts.ts';
import { createLoss } from './loss.ts';
import { openSshFailure } from './openssh-errors.ts';
import type { OpenSshFolder } from './openssh-folder.ts';
import { openSshLine } from './openssh-line.ts';
import { forwardRefused, readSaid } from './openssh-said.ts';
import { masterWords, opened } from './openssh-words.ts';
import type { Process, StartProcess } from './process.ts';
import type { TripTools } from './run.ts';
import type { KeepAlive } from './session.ts';
import { connectionOver } from './ssh-connection.ts';
import type { Line } from './ssh-connection.ts';
import { TransportError } from './transport.ts';
import type { Connection, SshTarget } from './transport.ts';

export interface OpenSshTools extends TripTools, EntryTools {
  readonly hostKeys: HostKeys;
  readonly keepAlive: KeepAlive;
  /** Made once it is needed. */
  readonly place: () => Promise<{ readonly folder: OpenSshFolder; readonly start: StartProcess }>;
  /** The connection to a jump host, shared by all hosts behind it. */
  readonly jump: (target: SshTarget) => Promise<Master>;
}

/** A connection that an ssh(1) of ours holds, and that others use by its control socket (ssh_config(5), ControlMaster). */
export interface Master extends Line {
  readonly control: string;
  /** All that this ssh has said. */
  readonly said: () => string;
}

/**
 * Opens a connection by OpenSSH; rejects with TransportError only.
 * @param why why it has to be OpenSSH, for the error where it is not installed
 */
export async function connectOpenSsh(
  target: SshTarget,
  why: string,
  tools: OpenSshTools,
): Promise<Connection> {
  const master = await enterByOpenSsh(target, tools).catch((error: unknown) => {
    throw error instanceof Missing ? missing(target, why) : error;
  });
  return connectionOver(target, master, tools);
}

/** Logs in by OpenSSH, directly or by the jump hosts; rejects with TransportError, or because ssh is missing. */
export function enterByOpenSsh(target: SshTarget, tools: OpenSshTools): Promise<Master> {
  return entered(target, tools, () => logIn(target, tools));
}

/** ssh(1) is not installed. */
class Missing extends Error {}

function missing(target: SshTarget, why: string): TransportError {
  return new TransportError(
    target.host,
    'unreachable',
    `ssh is not installed here, and this host needs OpenSSH: ${why}`,
    'install openssh-client, 8.4 or newer',
  );
}

type Opened = { readonly is: 'open'; readonly session: Master } | NotOpened;

async function logIn(target: SshTarget, tools: OpenSshTools): Promise<Opened> {
  const { jump } = target;
  if (jump === undefined) return openMaster(target, undefined, tools);
  let through: Master;
  try {
    through = await tools.jump(jump);
  } catch (error) {
    if (error instanceof Missing) throw error;
    return { is: 'failed', error: behindJump(target, jump, error) };
  }
  const end = await openMaster(target, through.control, tools);
  if (end.is === 'open') return end;
  const lost = through.lost();
  // Shared with others, it may go just then, and is connected anew.
  if (lost) return { is: 'broken-early', error: behindJump(target, jump, lost) };
  const reason = forwardRefused(through.said(), target.address, target.port);
  if (reason === undefined) return end;
  const why = new Error(`it did not connect to ${place(target)}: ${reason}`);
  return { is: 'failed', error: behindJump(target, jump, why) };
}

async function openMaster(
  target: SshTarget,
  through: string | undefined,
  tools: OpenSshTools,
): Promise<Opened> {
  const { folder, start } = await tools.place();
  const control = folder.path('c');
  const learned = folder.path('k');
  const timing = {
    interval: Math.max(1, Math.round(tools.keepAlive.interval / 1000)),
    count: tools.keepAlive.count,
  };
  const askpass = target.password === undefined ? undefined : await folder.askpass(target.password);
  const words = masterWords(target, { control, learned, jump: through }, timing);
  // ssh runs what it is told by the user's shell, which in a pipeline can be none.
  const child = start(words, { SHELL: '/bin/sh', ...askpass?.env });
  if (child === undefined) throw new Missing();
  const held = hold(target, child, timing);

  const end = await held.entered;
  await askpass?.forget();
  if (end === 'open') {
    const refused = await remember(target, learned, tools.hostKeys);
    if (refused === undefined) {
      const { said } = held;
      return {
        is: 'open',
        session: { control, said, ...openSshLine(target, { ...held, control }, start, folder) },
      };
    }
    await held.close();
    return { is: 'failed', error: refused };
  }
  await held.close();
  if (end === 127) throw new Missing();
  return openSshFailure(target, held.said(), end === 'late', tools.hostKeys);
}

/** Remembers the host key that ssh took for new; or the error that refuses it, since it can't be remembered. */
async function remember(
  target: SshTarget,
  learned: string,
  hostKeys: HostKeys,
): Promise<TransportError | undefined> {
  if (target.hostKeyChecking !== 'accept-new') return undefined;
  const text = await readFile(learned, 'utf8').catch(() => '');
  for (const line of parseKnownHosts(text, learned).named.values())
    for (const { key } of line) {
      const refused = await hostKeys.check(target, Buffer.from(key, 'base64'));
      if (refused !== undefined) return refused;
    }
  await rm(learned, { force: true });
  return undefined;
}

/** An ssh that logs in, or has, with what becomes of it. */
interface Held extends Pick<Line, 'lost' | 'onLost' | 'close'> {
  /** The exit code of one that ended before it was in. */
  readonly entered: Promise<'open' | 'late' | number | null>;
  readonly said: () => string;
  /** Ends it where it does not by itself, and has it lost for the reason that it gave. */
  readonly end: () => Promise<void>;
}

/** What a master says is only needed for errors. */
const mostSaid = 256 * 1024;

function hold(target: SshTarget, child: Process, timing: { interval: number; count: number }): Held {
  const { lost, onLost, lose } = createLoss(target.host);
  let said = '';
  let heard = '';
  const { closed } = child;
  void closed.then(() => lose(lostBy(said, timing)));
  child.stderr.on('data', (chunk: Buffer) => {
    said = (said + chunk.toString()).slice(-mostSaid);
  });
  child.stdin.end();
  const entered = new Promise<'open' | 'late' | number | null>((resolve) => {
    const settle = (how: 'open' | 'late' | number | null) => {
      clearTimeout(timer);
      resolve(how);
    };
    // Once for the way to the server and once for the login, as over ssh2.
    const timer = setTimeout(() => settle('late'), target.connectTimeout * 2000);
    child.stdout.on('data', (chunk: Buffer) => {
      heard += chunk.toString();
      if (heard.includes(opened)) settle('open');
    });
    void closed.then(settle);
  });
  const end = async () => {
    child.kill('SIGTERM');
    const giveUp = setTimeout(() => child.kill('SIGKILL'), 500);
    await closed;
    clearTimeout(giveUp);
  };
  return {
    lost,
    onLost,
    entered,
    said: () => said,
    end,
    async close() {
      lose('the connection was closed here');
      await end();
    },
  };
}

function lostBy(text: string, { interval, count }: { interval: number; count: number }): string {
  const last = readSaid(text).lines.at(-1);
  if (last === undefined) return 'the connection broke';
  if (/not responding/.test(last))
    return `the connection is dead: nothing came for ${interval * (count + 1)} s`;
  if (/closed by remote host/.test(last)) return 'the host closed the connection';
  return `the connection broke: ${last}`;
}
