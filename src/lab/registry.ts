import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { z } from 'zod';
import { LabError } from './errors.ts';
import type { LabPaths } from './paths.ts';
import { ProcessId } from './process.ts';
import { type Release, releases } from './releases.ts';

const common = {
  name: z.string().regex(/^(ns|c)[1-9][0-9]{0,2}(-[a-z]+)?$/),
  release: z.enum(releases),
  address: z.string(),
  port: z.int(),
  user: z.string(),
  /** Type and key, as known_hosts has them after the address. */
  hostKey: z.string(),
  /** Folder of the image that the host's disk or tree builds on. */
  image: z.string(),
  /** The qemu or systemd-nspawn of the host; absent between two starts. */
  process: ProcessId.optional(),
};

export const MachineRecord = z.strictObject({
  ...common,
  kind: z.literal('machine'),
  accelerator: z.enum(['kvm', 'tcg']),
  machineId: z.string(),
});
export type MachineRecord = z.output<typeof MachineRecord>;

export const ContainerRecord = z.strictObject({
  ...common,
  kind: z.literal('container'),
  /** The container's pid 1. */
  init: ProcessId.optional(),
});
export type ContainerRecord = z.output<typeof ContainerRecord>;

const HostRecord = z.discriminatedUnion('kind', [MachineRecord, ContainerRecord]);
export type HostRecord = z.output<typeof HostRecord>;

/** lab.json: what this lab has started, and therefore has to end. */
const Registry = z.strictObject({
  version: z.literal(1),
  /** The first three numbers of the containers' network, while it exists. */
  subnet: z.string().optional(),
  hosts: z.array(HostRecord),
});
export type Registry = z.output<typeof Registry>;

/** A host of the lab, as a caller sees it. */
export interface LabHost {
  readonly name: string;
  readonly kind: 'machine' | 'container';
  readonly release: Release;
  readonly address: string;
  readonly port: number;
  readonly user: string;
  readonly state: 'up' | 'down';
}

export async function readRegistry(paths: LabPaths): Promise<Registry> {
  if (!existsSync(paths.registry)) return { version: 1, hosts: [] };
  const text = await readFile(paths.registry, 'utf8');
  try {
    return Registry.parse(JSON.parse(text));
  } catch (error) {
    throw new LabError(
      `${paths.registry} is not a lab's state of this version of confine`,
      'End its hosts with the version that started them, then remove the file.',
      { cause: error },
    );
  }
}

export async function writeRegistry(paths: LabPaths, registry: Registry): Promise<void> {
  await replaceFile(paths.registry, `${JSON.stringify(registry, undefined, 2)}\n`);
}

/** Puts a file in place as a whole: a reader sees the old one or the new one. */
export async function replaceFile(path: string, text: string, mode = 0o644): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const staged = `${path}.${process.pid}.new`;
  await writeFile(staged, text, { mode });
  await rename(staged, path);
}

/** The registry with this host's record in it. */
export function withHost(registry: Registry, host: HostRecord): Registry {
  const others = registry.hosts.filter((h) => h.name !== host.name);
  return { ...registry, hosts: [...others, host].toSorted(byName) };
}

/** The registry with that host stopped. */
export function withoutProcess(registry: Registry, name: string): Registry {
  const hosts = registry.hosts.map((h) =>
    h.name === name ? { ...h, process: undefined, init: undefined } : h,
  );
  return { ...registry, hosts };
}

export function withoutHosts(registry: Registry, names: ReadonlySet<string>): Registry {
  return { ...registry, hosts: registry.hosts.filter((h) => !names.has(h.name)) };
}

/** c2 before c10, c before ns. */
function byName(a: HostRecord, b: HostRecord): number {
  return a.name.localeCompare(b.name, 'en', { numeric: true });
}
