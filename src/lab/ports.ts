import { createServer } from 'node:net';
import { LabError } from './errors.ts';
import { attempt } from './run.ts';

/** The first port that machines' ssh is forwarded from, unless it is said. */
const firstPort = 22201;
const portRange = 200;

/**
 * Has `use` take a free port of 127.0.0.1. A port that the caller insists on has to be free; otherwise the next
 * free one will do, also when somebody is quicker than `use`.
 */
export async function withFreePort<T>(
  insist: number | undefined,
  used: ReadonlySet<number>,
  use: (port: number) => Promise<T>,
): Promise<T> {
  if (insist !== undefined) {
    if (!(await isFree(insist))) throw await portTaken(insist);
    return use(insist);
  }
  for (let port = firstPort; port < firstPort + portRange; port++) {
    if (used.has(port) || !(await isFree(port))) continue;
    try {
      return await use(port);
    } catch (error) {
      if (!(error instanceof PortTakenError)) throw error;
    }
  }
  throw new LabError(
    `ports ${firstPort} to ${firstPort + portRange - 1} of 127.0.0.1 are all taken`,
    'End some hosts of the lab: confine lab down',
  );
}

/** Somebody else listens on the port that a machine was to have. */
export class PortTakenError extends LabError {}

/** The error for a taken port, with its holder if that can be told. */
export async function portTaken(port: number): Promise<PortTakenError> {
  const { stdout } = await attempt(['ss', '-Hltnp', `sport = :${port}`]);
  const holder = parseHolder(stdout);
  const by = holder ? ` by ${holder}` : '';
  return new PortTakenError(
    `port ${port} of 127.0.0.1 is taken${by}`,
    'End that process, or choose another port.',
  );
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ host: '127.0.0.1', port, exclusive: true }, () => server.close(() => resolve(true)));
  });
}

/** Name and pid out of a line of `ss -p`: `users:(("sshd",pid=812,fd=3))`. */
export function parseHolder(ss: string): string | undefined {
  const match = /users:\(\("([^"]*)",pid=(\d+)/.exec(ss);
  return match ? `${match[1]} (pid ${match[2]})` : undefined;
}
