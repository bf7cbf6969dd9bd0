/** Measures commands side by side: what counts are the ratios of one run; seconds differ from machine to machine. */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** What the commands of this run leave behind. */
export const folder = mkdtempSync(join(tmpdir(), 'confine-bench-'));

/** Wall seconds, and seconds of processor time on this side, of one command. */
export interface Cost {
  readonly wall: number;
  readonly cpu: number;
}

/** Runs a command under bash's time, which counts all of its children. */
export function measure(command: string): Promise<Cost> {
  return new Promise((resolve, reject) => {
    const times = join(folder, 'times');
    const child = spawn('bash', [
      '-c',
      `TIMEFORMAT='%R %U %S'; { time { ${command} >${folder}/out 2>&1; }; } 2>${times}`,
    ]);
    child.on('error', reject);
    child.on('close', (code) => {
      if (code !== 0) {
        reject(new Error(`${command}: exit ${code}\n${readFileSync(`${folder}/out`, 'utf8').slice(-2000)}`));
        return;
      }
      const [wall = NaN, user = NaN, system = NaN] = readFileSync(times, 'utf8')
        .trim()
        .split(' ')
        .map(Number);
      if (Number.isNaN(wall + user + system)) throw new Error(`${command}: no times`);
      resolve({ wall, cpu: user + system });
    });
  });
}

/** The middle one by wall time: a pause of the machine in one round says nothing. */
const median = (costs: readonly Cost[]): Cost =>
  costs.toSorted((a, b) => a.wall - b.wall)[Math.floor(costs.length / 2)] ?? { wall: NaN, cpu: NaN };

/** The peers take turns, so that a slow minute of the machine is one for all of them. */
export async function inTurns(
  commands: ReadonlyMap<string, string>,
  rounds: number,
  before?: string,
): Promise<ReadonlyMap<string, Cost>> {
  const costs = new Map<string, Cost[]>([...commands.keys()].map((name) => [name, []]));
  for (let round = 0; round < rounds; round += 1)
    for (const [name, command] of commands) {
      process.stderr.write(`round ${round + 1}: ${name}\n`);
      if (before !== undefined) await measure(before);
      costs.get(name)?.push(await measure(command));
    }
  return new Map([...costs].map(([name, all]) => [name, median(all)]));
}
