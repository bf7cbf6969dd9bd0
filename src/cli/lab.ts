import { spawnSync } from 'node:child_process';
import { Exit, UsageError } from '../errors.ts';
import type { LabEvent } from '../lab/events.ts';
import { labDown, labList, labSsh, labUp } from '../lab/lab.ts';
import { labPaths } from '../lab/paths.ts';
import type { Release } from '../lab/releases.ts';
import { table } from '../report/table.ts';
import { say } from './say.ts';

interface LabOptions {
  readonly machines?: string;
  readonly containers?: string;
  readonly release: Release;
}

const number = (flag: string, text: string | undefined): number => {
  const n = Number(text ?? '0');
  if (!Number.isInteger(n) || n < 0) throw new UsageError(`--${flag} takes a whole number, not "${text}"`);
  return n;
};

/** `confine lab up|list|ssh|down`. */
export async function lab(command: string, args: readonly string[], options: LabOptions): Promise<number> {
  switch (command) {
    case 'up': {
      const machines = number('machines', options.machines);
      const containers = number('containers', options.containers);
      if (machines + containers === 0)
        throw new UsageError('how many hosts?', 'confine lab up --machines 1 --containers 3');
      const hosts = await labUp({ machines, containers, release: options.release }, show);
      const { inventory } = labPaths();
      say(`${hosts.length} hosts are up; use them with -i ${inventory}`);
      process.stdout.write(`${inventory}\n`);
      return Exit.ok;
    }
    case 'list': {
      const rows = (await labList()).map((it) => [
        it.name,
        it.kind,
        it.release,
        it.state,
        `${it.user}@${it.address}:${it.port}`,
      ]);
      process.stdout.write(
        rows.length === 0 ? '' : `${table(['NAME', 'KIND', 'RELEASE', 'STATE', 'LOGIN'], rows)}\n`,
      );
      if (rows.length === 0) say('no hosts: confine lab up --machines 1');
      return Exit.ok;
    }
    case 'ssh': {
      const [name = '', ...rest] = args;
      const [program = 'ssh', ...argv] = await labSsh(name);
      return spawnSync(program, [...argv, ...rest], { stdio: 'inherit' }).status ?? Exit.internal;
    }
    case 'down':
      await labDown(args.length === 0 ? 'all' : args, show);
      return Exit.ok;
    default:
      throw new UsageError(`there is no lab command "${command}"`);
  }
}

function show(event: LabEvent): void {
  switch (event.is) {
    case 'waiting':
      return say(`waiting: ${event.why}`);
    case 'started':
      return say(`${event.host ?? 'lab'}: ${event.step}: ${event.about}`);
    case 'progress':
      return say(`  ${event.line}`);
    case 'done':
      return say(`${event.host ?? 'lab'}: ${event.step}: done in ${event.seconds.toFixed(1)} s`);
    case 'up':
      return say(`${event.host.name}: up`);
    case 'down':
      return say(`${event.host}: down`);
  }
}
