import { createConnection } from 'node:net';
import { attempt, run, until } from './run.ts';
import { LabError } from './errors.ts';

/** What ssh needs to log in to a lab host. */
export interface SshAccess {
  readonly address: string;
  readonly port: number;
  readonly user: string;
  readonly key: string;
  readonly knownHosts: string;
}

/** The command line of an ssh to a lab host: its host key has to be the right one, and nothing of the user's counts. */
export function sshArgs(access: SshAccess): string[] {
  const options = [
    'IdentitiesOnly=yes',
    'StrictHostKeyChecking=yes',
    'GlobalKnownHostsFile=/dev/null',
    `UserKnownHostsFile="${access.knownHosts}"`,
  ];
  return [
    ['ssh', '-F', 'none', '-p', String(access.port), '-i', access.key],
    options.flatMap((option) => ['-o', option]),
    [`${access.user}@${access.address}`],
  ].flat();
}

/** Runs a command of the lab's own on a host, as root. */
export async function onHost(access: SshAccess, command: string): Promise<string> {
  return run([...batch(access), command]);
}

/** Waits until a command succeeds on the host. */
export async function untilOnHost(access: SshAccess, seconds: number, command: string): Promise<void> {
  let last = '';
  const done = await until(
    seconds,
    async () => {
      if (!(await answersSsh(access))) return false;
      const result = await attempt([...batch(access), command]);
      last = result.stderr;
      return result.code === 0;
    },
    0.3,
  );
  if (!done)
    throw new LabError(
      `${access.address}:${access.port} did not get ready in ${seconds} seconds: ${last.trim()}`,
    );
}

function batch(access: SshAccess): string[] {
  const [ssh = '', ...rest] = sshArgs({ ...access, user: 'root' });
  return [ssh, '-o', 'BatchMode=yes', '-o', 'ConnectTimeout=10', ...rest];
}

/** Whether an ssh server says hello at once: far cheaper than starting ssh to find out that none does. */
export function answersSsh(access: { readonly address: string; readonly port: number }): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection({ host: access.address, port: access.port });
    const finish = (answer: boolean): void => {
      socket.destroy();
      resolve(answer);
    };
    socket.setTimeout(2000, () => finish(false));
    socket.once('data', (bytes) => finish(bytes.toString('latin1').startsWith('SSH-2.0')));
    socket.once('error', () => finish(false));
    socket.once('close', () => finish(false));
  });
}

/** The lines of known_hosts for hosts and their keys. */
export function knownHostsLines(
  hosts: readonly { readonly address: string; readonly port: number; readonly hostKey: string }[],
): string {
  return hosts
    .map(({ address, port, hostKey }) => `${port === 22 ? address : `[${address}]:${port}`} ${hostKey}\n`)
    .join('');
}
