import { readdir, readFile } from 'node:fs/promises';
import { z } from 'zod';
import { until } from './run.ts';

/**
 * One process, for good: a pid alone may be somebody else's by the time it is used. The start time is in the
 * kernel's ticks since boot, so it needs the boot's id.
 */
export const ProcessId = z.strictObject({
  pid: z.int().positive(),
  startTime: z.string(),
  bootId: z.string(),
});
export type ProcessId = z.output<typeof ProcessId>;

/** State, parent and start time out of /proc/PID/stat, whose second field may hold spaces and parentheses. */
export function parseStat(
  stat: string,
): { readonly state: string; readonly parent: number; readonly startTime: string } | undefined {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [state, parent, startTime] = [fields[0], fields[1], fields[19]];
  return state && parent && startTime ? { state, parent: Number(parent), startTime } : undefined;
}

async function readStat(pid: number): Promise<ReturnType<typeof parseStat>> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined);
  return stat === undefined ? undefined : parseStat(stat);
}

async function bootId(): Promise<string> {
  return (await readFile('/proc/sys/kernel/random/boot_id', 'utf8')).trim();
}

/** The identity of a process that runs now. */
export async function identify(pid: number): Promise<ProcessId | undefined> {
  const stat = await readStat(pid);
  return stat && { pid, startTime: stat.startTime, bootId: await bootId() };
}

/** Whether that very process still runs. */
export async function isRunning(id: ProcessId): Promise<boolean> {
  const stat = await readStat(id.pid);
  return stat?.startTime === id.startTime && stat.state !== 'Z' && (await bootId()) === id.bootId;
}

/** Ends that very process, or does nothing when it is gone; false if it would not go. */
export async function end(id: ProcessId, signal: 'SIGTERM' | 'SIGKILL'): Promise<boolean> {
  if (!(await isRunning(id))) return true;
  try {
    process.kill(id.pid, signal);
  } catch {
    // It ended by itself in between, or is not ours: the check below tells.
  }
  return until(10, async () => !(await isRunning(id)), 0.02);
}

/** The pids of a process's children that run. */
export async function childrenOf(parent: ProcessId): Promise<number[]> {
  if (!(await isRunning(parent))) return [];
  const pids = (await readdir('/proc')).map(Number).filter((pid) => pid > 0);
  const stats = await Promise.all(pids.map(readStat));
  return pids.filter((_, i) => stats[i]?.parent === parent.pid && stats[i].state !== 'Z');
}
