import { accessSync, constants } from 'node:fs';
import { mkdtemp, open, rm, writeFile } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { StartProcess } from './process.ts';
import { shQuote } from '../quote.ts';
import type { Secret } from '../secret.ts';

/** The private folder of a run's control sockets. */
export interface OpenSshFolder {
  /** A path in it that nobody has. */
  readonly path: (kind: string) => string;
  /** Lets ssh ask for this password, and for nothing else: words for its environment. */
  readonly askpass: (password: Secret) => Promise<Askpass>;
  /** Removes it, with whatever still listens there. Never rejects. */
  readonly close: () => Promise<void>;
}

export interface Askpass {
  readonly env: Readonly<Record<string, string>>;
  readonly forget: () => Promise<void>;
}

/** A control socket's path may have 104 bytes (108 on Linux), and ssh makes it with 17 more at first. */
const longest = 80;

/**
 * Makes the folder, and a caretaker that cleans up when this process is gone, however it went: it waits for the
 * end of a pipe, asks every master to end, and removes the folder.
 */
export async function createFolder(start: StartProcess): Promise<OpenSshFolder> {
  const base = [process.env['XDG_RUNTIME_DIR'], tmpdir()].find(usable) ?? '/tmp';
  const folder = await mkdtemp(join(base, 'confine-ssh-'));
  const caretaker = start(['sh', '-c', clearUp, 'sh', folder]);
  let count = 0;
  const path = (kind: string) => join(folder, `${kind}${(count += 1)}`);
  return {
    path,
    askpass: (password) => makeAskpass(start, path('ask'), password),
    async close() {
      caretaker?.stdin.end();
      await caretaker?.closed;
      await rm(folder, { recursive: true, force: true });
    },
  };
}

const clearUp =
  'cat >/dev/null; for s in "$1"/c*; do [ -S "$s" ] && ssh -F none -o "ControlPath=$s" -O exit -- confine; done 2>/dev/null; rm -rf -- "$1"';

function usable(folder: string | undefined): folder is string {
  if (folder === undefined || folder === '' || folder.length > longest - 'confine-ssh-XXXXXX/c12345'.length)
    return false;
  try {
    accessSync(folder, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

/**
 * A program for SSH_ASKPASS that gives the password from a pipe: it is in no argument, no environment, no file.
 * Twice at most, as the server may ask by two methods; and to no other question.
 */
async function makeAskpass(start: StartProcess, path: string, password: Secret): Promise<Askpass> {
  const pipe = `${path}.pipe`;
  await start(['mkfifo', '-m', '600', pipe])?.closed;
  await writeFile(
    path,
    `#!/bin/sh\ncase $1 in *[Pp]assphrase* | *PIN* | *'(yes/no'*) exit 1 ;; esac\n` +
      `IFS= read -r answer <${shQuote(pipe)} && printf '%s\\n' "$answer"\n`,
    { mode: 0o700 },
  );
  // Open for both, it holds the text for whoever reads, and nobody waits for anybody.
  const handle: FileHandle = await open(pipe, constants.O_RDWR | constants.O_NONBLOCK);
  await handle.write(`${password.reveal()}\n`.repeat(2));
  return {
    env: { SSH_ASKPASS: path, SSH_ASKPASS_REQUIRE: 'force', DISPLAY: process.env['DISPLAY'] ?? ':0' },
    async forget() {
      await handle.close();
      await rm(pipe, { force: true });
      await rm(path, { force: true });
    },
  };
}
