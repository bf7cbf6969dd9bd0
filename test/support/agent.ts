import { spawn } from 'node:child_process';
import { join } from 'node:path';

import { shell } from './shell.ts';

/** A real ssh-agent with a socket of its own. */
export interface Agent {
  readonly socket: string;
  readonly stop: () => Promise<void>;
}

/** Starts an agent that holds these keys; `passphrase` is for those that need one. */
export async function startAgent(folder: string, keys: readonly string[], passphrase = ''): Promise<Agent> {
  const socket = join(folder, `agent-${Math.random().toString(36).slice(2)}`);
  const child = spawn('ssh-agent', ['-D', '-a', socket], { stdio: ['ignore', 'pipe', 'inherit'] });
  // It prints how to reach it once it listens.
  await new Promise<void>((resolve, reject) => {
    child.stdout.once('data', () => resolve());
    child.once('error', reject);
    child.once('exit', () => reject(new Error('ssh-agent did not start')));
  });
  for (const key of keys) {
    const ask = `printf '#!/bin/sh\\necho "%s"\\n' "$2" >"$1.ask"; chmod 700 "$1.ask"; SSH_ASKPASS="$1.ask" SSH_ASKPASS_REQUIRE=force SSH_AUTH_SOCK="$3" ssh-add -q "$1"`;
    shell('sh', ['-c', ask, 'sh', key, passphrase, socket]);
  }
  return {
    socket,
    async stop() {
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.kill();
      await ended;
    },
  };
}
