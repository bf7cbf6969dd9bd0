import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { counted } from '../counted.ts';
import { chooseAccelerator } from './accelerator.ts';
import {
  findInit,
  prepareContainer,
  removeHostFolder,
  startContainer,
  stopContainer,
  untilContainerReady,
} from './container.ts';
import { LabError } from './errors.ts';
import { type EmitLabEvent, timed } from './events.ts';
import { ensureClientKey } from './identity.ts';
import { ensureImage, type Image, useImage } from './image.ts';
import { startMachine, stopMachine, wakeMachine } from './machine.ts';
import { ensureNetwork, freeAddresses, type Network, removeNetwork } from './network.ts';
import { type LabPaths, labPaths } from './paths.ts';
import { withFreePort } from './ports.ts';
import {
  type ContainerRecord,
  type HostRecord,
  type LabHost,
  readRegistry,
  type Registry,
  withHost,
  withoutHosts,
} from './registry.ts';
import { hostName, type Release } from './releases.ts';
import { prepareMachine } from './saved-state.ts';
import { find, locked, runs, type Session, view } from './session.ts';
import { sshArgs } from './ssh.ts';
import { requireLabMachine } from './tools.ts';

export interface LabUpOptions {
  /** Machines ns1, ns2, … of the release that are to be up. */
  readonly machines: number;
  /** Containers c1, c2, … of the release that are to be up. */
  readonly containers: number;
  readonly release: Release;
  /** Whom the inventory logs in as: root, admin (sudo without password) or ops (sudo with one). */
  readonly user?: 'root' | 'admin' | 'ops';
  /** The port for the first machine's ssh, the next for the second; free ones are found without. */
  readonly port?: number;
}

/**
 * Has so many hosts up, and gives all hosts of the lab. Hosts that run are left alone; the others start
 * fresh, from their image or saved state.
 */
export async function labUp(options: LabUpOptions, emit: EmitLabEvent): Promise<LabHost[]> {
  const { release } = options;
  const paths = labPaths();
  await requireLabMachine();
  return locked(paths, emit, async (lab) => {
    await clearAway(lab, await stale(lab.registry));
    const missing = (kind: HostRecord['kind'], count: number): { name: string; index: number }[] =>
      Array.from({ length: count }, (_, i) => ({
        name: hostName(kind, i + 1, release),
        index: i + 1,
      })).filter(({ name }) => !lab.registry.hosts.some((h) => h.name === name));
    const machines = missing('machine', options.machines);
    const containers = missing('container', options.containers);
    if (machines.length + containers.length > 0) {
      const authorizedKey = await ensureClientKey(paths);
      const image = await ensureImage(paths, release, emit);
      await useImage(paths, image);
      const common = { image, authorizedKey, user: options.user ?? 'root' };
      // Emulated machines take all the CPU there is, so containers come after.
      for (const { name, index } of machines) {
        const port = options.port === undefined ? undefined : options.port + index - 1;
        await machineUp(lab, { ...common, name }, port);
      }
      if (containers.length > 0)
        await containersUp(
          lab,
          containers.map((it) => ({ ...common, name: it.name })),
        );
    }
    return list(lab.registry);
  });
}

interface NewHost {
  readonly name: string;
  readonly image: Image;
  readonly authorizedKey: string;
  readonly user: string;
}

async function machineUp(lab: Session, host: NewHost, insist: number | undefined): Promise<void> {
  const { paths, emit } = lab;
  const accelerator = await chooseAccelerator(paths, host.image, emit);
  const prepared = await prepareMachine(paths, host.image, host, accelerator, emit);
  const record = await timed(emit, 'start', host.name, 'from its saved state', async () => {
    const used = new Set(lab.registry.hosts.map((h) => h.port));
    const started = await withFreePort(insist, used, async (port) => {
      await lab.save((r) => withHost(r, { ...prepared, port }));
      return {
        ...prepared,
        port,
        process: await startMachine(paths, { ...prepared, port }, { from: 'saved state' }),
      };
    });
    await lab.save((r) => withHost(r, started));
    await wakeMachine(paths, started);
    return started;
  });
  emit({ is: 'up', host: { ...view(record), state: 'up' } });
}

async function containersUp(lab: Session, wanted: readonly NewHost[]): Promise<void> {
  const { paths, emit } = lab;
  const network = await timed(emit, 'network', undefined, 'of the containers', () =>
    ensureNetwork(paths, lab.registry.subnet),
  );
  await lab.save((r) => ({ ...r, subnet: network.subnet }));
  const taken = new Set(lab.registry.hosts.filter((h) => h.kind === 'container').map((h) => h.address));
  const addresses = freeAddresses(network.subnet, taken, wanted.length);
  await timed(emit, 'boot', undefined, counted(wanted.length, 'container'), async () => {
    const results = await Promise.allSettled(
      wanted.map((host, i) => containerUp(lab, { ...host, address: addresses[i] ?? '' }, network)),
    );
    const failed = results.find((result) => result.status === 'rejected');
    if (failed) throw failed.reason;
  });
}

/** Makes a container, starts it and waits for it. */
export async function containerUp(
  lab: Session,
  host: NewHost & { readonly address: string },
  network: Network,
): Promise<void> {
  const record = await prepareContainer(lab.paths, host.image, host);
  await lab.save((r) => withHost(r, record));
  await containerBoot(lab, record, network);
}

/** Starts a container whose files are in place, and waits for it. */
async function containerBoot(lab: Session, record: ContainerRecord, network: Network): Promise<void> {
  const ready = await containerReady(await containerStart(lab, record, network), lab.paths);
  await lab.save((r) => withHost(r, ready));
  lab.emit({ is: 'up', host: { ...view(record), state: 'up' } });
}

/** Starts a container whose files are in place. */
export async function containerStart(
  lab: Session,
  record: ContainerRecord,
  network: Network,
): Promise<ContainerRecord> {
  const started = { ...record, process: await startContainer(lab.paths, record, network) };
  await lab.save((r) => withHost(r, started));
  return started;
}

/** Waits for a container that was started, and gives what is to be noted of it then. */
export async function containerReady(started: ContainerRecord, paths: LabPaths): Promise<ContainerRecord> {
  await untilContainerReady(paths, started, () => runs(started));
  const init = await findInit(started);
  return init ? { ...started, init } : started;
}

/** The hosts of the lab, and whether each runs. */
export async function labList(): Promise<LabHost[]> {
  return list(await readRegistry(labPaths()));
}

async function list(registry: Registry): Promise<LabHost[]> {
  return Promise.all(
    registry.hosts.map(async (host) => ({ ...view(host), state: (await runs(host)) ? 'up' : 'down' })),
  );
}

async function stale(registry: Registry): Promise<HostRecord[]> {
  const running = await Promise.all(registry.hosts.map(runs));
  return registry.hosts.filter((_, i) => !running[i]);
}

/**
 * Ends hosts and removes all that is theirs; with the last one goes the network. What is gone already, by a
 * crash or a reboot of this machine, is only cleared away.
 */
export async function labDown(which: readonly string[] | 'all', emit: EmitLabEvent): Promise<void> {
  const paths = labPaths();
  await requireLabMachine();
  await locked(paths, emit, async (lab) => {
    const { hosts } = lab.registry;
    if (which !== 'all') for (const name of which) find(lab.registry, name);
    await clearAway(lab, which === 'all' ? hosts : hosts.filter((h) => which.includes(h.name)));
  });
}

async function clearAway(lab: Session, hosts: readonly HostRecord[]): Promise<void> {
  const { paths, emit } = lab;
  const results = await Promise.allSettled(
    hosts.map(async (host) => {
      await (host.kind === 'machine' ? stopMachine(paths, host) : stopContainer(paths, host));
      await removeHostFolder(paths, host.name);
      await lab.save((r) => withoutHosts(r, new Set([host.name])));
      emit({ is: 'down', host: host.name });
    }),
  );
  const failed = results.find((result) => result.status === 'rejected');
  if (failed) throw failed.reason;
  if (lab.registry.hosts.length > 0) return;
  await removeNetwork(paths);
  await lab.save(() => ({ version: 1, hosts: [] }));
  await rm(paths.run, { recursive: true, force: true });
  await removeUse(paths);
}

/** Lets go of the images. */
async function removeUse(paths: LabPaths): Promise<void> {
  const images = join(paths.cache, 'images');
  for (const name of await readdir(images).catch(() => [])) {
    await rm(join(images, name, 'users', paths.id), { force: true });
  }
}

/** The command that opens a shell on a host of the lab, or runs one there with more arguments. */
export async function labSsh(name: string): Promise<string[]> {
  const paths = labPaths();
  const host = find(await readRegistry(paths), name);
  if (!(await runs(host))) throw new LabError(`${name} does not run`, 'confine lab up');
  return sshArgs({ ...host, key: paths.key, knownHosts: paths.knownHosts });
}
