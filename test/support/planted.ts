import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { LabHandle } from '../../src/lab/hosts.ts';
import { shQuote } from '../../src/quote.ts';

/** A password that stands nowhere else, with what quoting changes in it, and all that would give it away. */
export interface Planted {
  readonly value: string;
  /** The core of it, which no quoting changes, in plain and in the encodings that texts and files have. */
  readonly traces: Readonly<Record<string, string>>;
}

export function plant(): Planted {
  const core = `planted${randomBytes(8).toString('hex')}`;
  const base64 = (shift: number): string =>
    Buffer.from(`${'x'.repeat(shift)}${core}`)
      .toString('base64')
      .slice(shift === 0 ? 0 : shift + 1, -4);
  const traces = {
    plain: core,
    hexadecimal: Buffer.from(core).toString('hex'),
    base64: base64(0),
    'base64 behind a byte': base64(1),
    'base64 behind two': base64(2),
  };
  return { value: `x'"\\ $${core} €y`, traces };
}

/** The traces in a text, by their names. */
export const tracesIn = (text: string, { traces }: Planted): readonly string[] =>
  Object.entries(traces).flatMap(([name, trace]) => (text.includes(trace) ? [name] : []));

/** The files of this machine below folders that hold a trace. */
export const tracesBelow = (folders: readonly string[], planted: Planted): readonly string[] =>
  folders.flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .map((name) => join(folder, name))
      .filter((path) => statSync(path).isFile())
      .flatMap((path) => tracesIn(readFileSync(path, 'latin1'), planted).map((it) => `${path}: ${it}`)),
  );

/** The places of a host that hold a trace: files that somebody writes, and the journal. */
export async function tracesOn(host: Pick<LabHandle, 'run'>, { traces }: Planted): Promise<string> {
  const patterns = Object.values(traces)
    .map((it) => `-e ${shQuote(it)}`)
    .join(' ');
  // Not with the traces in the command line, which a watcher of processes would see.
  const script = `set -- ${patterns}
grep -rlaF "$@" /var/lib/confine /var/log /var/tmp /var/spool /var/cache/bind /tmp /run /etc /root /home /srv 2>/dev/null
journalctl --no-pager --output=export | grep -aF "$@"
journalctl --no-pager | grep -aF "$@"
echo looked`;
  const { code, stdout, stderr } = await host.run('sh', script);
  if (code !== 0 || !stdout.endsWith('looked\n')) throw new Error(`${code}: ${stdout}${stderr}`);
  return stdout.slice(0, -'looked\n'.length);
}

/** What a watcher of processes has seen. */
export interface Seen {
  /** Arguments and environments with a trace: of which process, and what it ran. */
  readonly traces: readonly string[];
  /** All that ran, the processes of containers, too. */
  readonly commands: ReadonlySet<string>;
}

/**
 * Looks at the arguments and environments of all processes, again and again, as anybody could; root sees environments.
 * @param knows pids of processes that are given it by their environment
 */
export function watchProcesses(planted: Planted, knows: () => readonly number[] = () => []): () => Seen {
  const traces = new Set<string>();
  const commands = new Set<string>();
  const look = (): void => {
    for (const pid of readdirSync('/proc').filter((it) => /^\d+$/.test(it))) {
      const command = read(`/proc/${pid}/cmdline`);
      commands.add(command.replaceAll('\0', ' ').trim());
      const shown = knows().includes(Number(pid)) ? [command] : [command, read(`/proc/${pid}/environ`)];
      for (const [i, text] of shown.entries())
        for (const it of tracesIn(text, planted))
          traces.add(`${i === 0 ? 'arguments' : 'environment'} of ${command.slice(0, 40)}: ${it}`);
    }
  };
  const timer = setInterval(look, 5);
  return () => {
    clearInterval(timer);
    return { traces: [...traces], commands };
  };
}

function read(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    // It ended meanwhile.
    return '';
  }
}
