import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { LabError } from './errors.ts';
import { parseMounts } from './mounts.ts';
import type { LabPaths } from './paths.ts';

/**
 * Control groups for containers on a machine without systemd (a container itself, a minimal virtual machine).
 * systemd-nspawn makes its groups below the one it was started in, so containers that are to have separate
 * ones have to be started in separate ones. Where systemd is, it gives each a scope.
 */

/** Whether systemd runs this machine. */
export function hasSystemd(): boolean {
  return existsSync('/run/systemd/system');
}

/** Where the hierarchies are mounted that systemd in a container uses: its own of version 1, and version 2. */
export function systemdHierarchies(mountinfo: string): string[] {
  return parseMounts(mountinfo)
    .filter(
      (m) => m.type === 'cgroup2' || (m.type === 'cgroup' && m.options.split(',').includes('name=systemd')),
    )
    .map((m) => m.point);
}

async function groupsOf(paths: LabPaths, name: string): Promise<string[]> {
  const hierarchies = systemdHierarchies(await readFile('/proc/self/mountinfo', 'utf8'));
  return hierarchies.map((mount) => join(mount, `confine-lab-${paths.id}`, name));
}

/** Makes the container's groups; a process enters them by writing its pid to these files. */
export async function makeGroups(paths: LabPaths, name: string): Promise<string[]> {
  if (hasSystemd()) return [];
  const groups = await groupsOf(paths, name);
  try {
    for (const group of groups) await mkdir(group, { recursive: true });
  } catch (error) {
    throw new LabError(
      `no control group could be made for ${name}`,
      'Run the lab where /sys/fs/cgroup is writable: on a real or virtual machine, or in a privileged container.',
      { cause: error },
    );
  }
  return groups.map((group) => join(group, 'cgroup.procs'));
}

/** The pids in the container's groups. */
export async function pidsInGroups(paths: LabPaths, name: string): Promise<number[]> {
  const pids = new Set<number>();
  for (const group of await groupsOf(paths, name)) {
    for (const folder of await foldersBelow(group)) {
      const procs = await readFile(join(folder, 'cgroup.procs'), 'utf8').catch(() => '');
      for (const pid of procs.split('\n')) if (Number(pid) > 0) pids.add(Number(pid));
    }
  }
  return [...pids];
}

/** Removes the container's groups, which are empty by now, and the lab's with the last of them. */
export async function removeGroups(paths: LabPaths, name: string): Promise<void> {
  for (const group of await groupsOf(paths, name)) {
    for (const folder of await foldersBelow(group)) await rmdir(folder).catch(() => undefined);
    await rmdir(join(group, '..')).catch(() => undefined);
  }
}

/** The folder and all below it, the deepest first. */
async function foldersBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  const below: string[] = [];
  for (const entry of entries) {
    if (entry.isDirectory()) below.push(...(await foldersBelow(join(folder, entry.name))));
  }
  return entries.length === 0 ? below : [...below, folder];
}
