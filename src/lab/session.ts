import { join } from 'node:path';
import { UsageError } from '../errors.ts';
import type { EmitLabEvent } from './events.ts';
import { writeInventory } from './inventory-file.ts';
import { withLock } from './lock.ts';
import type { LabPaths } from './paths.ts';
import { isRunning } from './process.ts';
import { type HostRecord, type LabHost, readRegistry, type Registry, writeRegistry } from './registry.ts';

/** What a run has at hand while it holds the lab's lock. */
export interface Session {
  readonly paths: LabPaths;
  readonly emit: EmitLabEvent;
  /** The latest registry; `save` replaces it, on disk first. */
  registry: Registry;
  readonly save: (change: (registry: Registry) => Registry) => Promise<void>;
}

/** The record of a host, or an error that says which ones there are. */
export function find(registry: Registry, name: string): HostRecord {
  const host = registry.hosts.find((h) => h.name === name);
  if (host) return host;
  const known = registry.hosts.map((h) => h.name).join(', ');
  throw new UsageError(
    `the lab has no host "${name}"`,
    known ? `it has ${known}` : 'start one: confine lab up',
  );
}

/** Runs `work` with the lab's lock held; the inventory always follows the registry. */
export async function locked<T>(
  paths: LabPaths,
  emit: EmitLabEvent,
  work: (lab: Session) => Promise<T>,
): Promise<T> {
  return withLock(join(paths.state, 'lock'), 'works on this lab', emit, async () => {
    let writing = Promise.resolve();
    const lab: Session = {
      paths,
      emit,
      registry: await readRegistry(paths),
      save: (change) => {
        lab.registry = change(lab.registry);
        const now = lab.registry;
        // One after the other: twenty containers start at once.
        writing = writing.then(async () => {
          await writeRegistry(paths, now);
          await writeInventory(paths, now);
        });
        return writing;
      },
    };
    return work(lab);
  });
}

/** A record, without what is nobody's business. */
export function view(host: HostRecord): Omit<LabHost, 'state'> {
  const { name, kind, release, address, port, user } = host;
  return { name, kind, release, address, port, user };
}

/** Whether the host's process runs. */
export async function runs(host: HostRecord): Promise<boolean> {
  return host.process !== undefined && isRunning(host.process);
}
