import { readFile } from 'node:fs/promises';
import { removeHostFolder, stopContainer } from './container.ts';
import { LabError } from './errors.ts';
import { type EmitLabEvent, timed } from './events.ts';
import { imageIn } from './image.ts';
import { publicKey } from './identity.ts';
import { containerReady, containerStart, containerUp } from './lab.ts';
import { find, locked } from './session.ts';
import {
  accessTo,
  copyLayer,
  type LayeredDisk,
  layerDisk,
  type MachineStart,
  resetMachine,
  shutDownForReboot,
  startMachine,
  stopMachine,
  untilMachineReady,
  wakeMachine,
} from './machine.ts';
import { networkOf } from './network.ts';
import { type LabPaths, labPaths } from './paths.ts';
import { isRunning } from './process.ts';
import {
  type ContainerRecord,
  type MachineRecord,
  readRegistry,
  type Registry,
  withHost,
  withoutProcess,
} from './registry.ts';
import { attempt, until } from './run.ts';
import { type SshAccess, sshArgs } from './ssh.ts';

/** What a command on a host gave. */
export interface Ran {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** What tests do with a host of either kind, besides what they test. */
export interface LabHandle {
  readonly name: string;
  readonly access: SshAccess;
  /** Runs a command as root, by ssh. */
  readonly run: (command: string, input?: string) => Promise<Ran>;
  /** Back to how it was when it first came up. */
  readonly reset: () => Promise<void>;
  /** Pulls the plug: nothing more is written. */
  readonly powerOff: () => Promise<void>;
}

/** A machine, to break and mend. */
export interface MachineHandle extends LabHandle {
  readonly kind: 'machine';
  /** Boots it from its disk as that was left, and waits until it answers. */
  readonly boot: (options?: {
    readonly kernelArgs?: readonly string[];
    readonly wait?: boolean;
    /** From a file of copyDisk instead. */
    readonly disk?: string;
  }) => Promise<void>;
  /**
   * Has all that the guest writes from now on in a file of its own, beside which its base comes to lie. It is off
   * before it is reset again.
   */
  readonly layerDisk: (layer: string) => Promise<LayeredDisk>;
  /** Keeps what the disk would hold if the plug were pulled at this instant; the machine goes on. */
  readonly copyDisk: (disk: LayeredDisk, to: string) => Promise<void>;
  /** An orderly reboot, until it answers again. */
  readonly reboot: () => Promise<void>;
}

/** A container, to break and mend. */
export interface ContainerHandle extends LabHandle {
  readonly kind: 'container';
  /** Waits until it has gone down in order, as somebody in it has asked, and boots it as that left it. */
  readonly bootAgain: () => Promise<void>;
}

/** The handle of a machine that labUp has brought up. */
export async function openMachine(name: string, emit: EmitLabEvent): Promise<MachineHandle> {
  const paths = labPaths();
  const machine = asMachine(await readRegistry(paths), name);
  const access = accessTo(paths, machine);

  const powerOff = (): Promise<void> =>
    timed(emit, 'stop', name, 'the plug is pulled', () =>
      locked(paths, emit, async (lab) => {
        await stopMachine(paths, asMachine(lab.registry, name));
        await lab.save((r) => withoutProcess(r, name));
      }),
    );

  const start = (how: MachineStart): Promise<void> =>
    locked(paths, emit, async (lab) => {
      const record = asMachine(lab.registry, name);
      if (record.process && (await isRunning(record.process))) throw new LabError(`${name} runs already`);
      const process = await startMachine(paths, record, how);
      await lab.save((r) => withHost(r, { ...record, process }));
    });

  return {
    kind: 'machine',
    name,
    access,
    run: (command, input) => runOn(access, command, input),
    powerOff,
    reset: () =>
      timed(emit, 'reset', name, 'to its saved state', async () => {
        const record = asMachine(await readRegistry(paths), name);
        if (record.process && (await isRunning(record.process))) return resetMachine(paths, record);
        await start({ from: 'saved state' });
        return wakeMachine(paths, record);
      }),
    boot: (options = {}) =>
      timed(emit, 'boot', name, 'from its disk', async () => {
        const { disk, kernelArgs = [] } = options;
        await start({ from: 'disk', kernelArgs, ...(disk === undefined ? {} : { disk }) });
        if (options.wait ?? true) await untilMachineReady(paths, machine);
      }),
    layerDisk: (layer) => layerDisk(paths, machine, layer),
    copyDisk: async (disk, to) => copyLayer(asMachine(await readRegistry(paths), name), disk, to),
    reboot: () =>
      timed(emit, 'boot', name, 'an orderly reboot', async () => {
        await shutDownForReboot(paths, asMachine(await readRegistry(paths), name));
        await start({ from: 'disk', kernelArgs: [] });
        await untilMachineReady(paths, machine);
      }),
  };
}

/** The handle of a container that labUp has brought up. */
export async function openContainer(name: string, emit: EmitLabEvent): Promise<ContainerHandle> {
  const paths = labPaths();
  const access = containerAccess(paths, asContainer(await readRegistry(paths), name));
  return {
    kind: 'container',
    name,
    access,
    run: (command, input) => runOn(access, command, input),
    powerOff: () =>
      timed(emit, 'stop', name, 'the plug is pulled', () =>
        locked(paths, emit, async (lab) => {
          await stopContainer(paths, asContainer(lab.registry, name));
          await lab.save((r) => withoutProcess(r, name));
        }),
      ),
    // Others of the lab may do the same meanwhile: its lock is held for no wait.
    bootAgain: () =>
      timed(emit, 'boot', name, 'when it is down', async () => {
        const old = asContainer(await readRegistry(paths), name);
        const down = await until(120, async () => !old.process || !(await isRunning(old.process)));
        if (!down) throw new LabError(`${name} did not shut down in 120 seconds`);
        const started = await locked(paths, emit, async (lab) => {
          await stopContainer(paths, old);
          const stopped = { ...old, process: undefined, init: undefined };
          return containerStart(lab, stopped, networkOf(paths, lab.registry.subnet ?? ''));
        });
        const ready = await containerReady(started, paths);
        await locked(paths, emit, (lab) => lab.save((r) => withHost(r, ready)));
      }),
    reset: () =>
      timed(emit, 'reset', name, 'to a fresh one', () =>
        locked(paths, emit, async (lab) => {
          const old = asContainer(lab.registry, name);
          await stopContainer(paths, old);
          await removeHostFolder(paths, name);
          const authorizedKey = publicKey(await readFile(`${paths.key}.pub`, 'utf8'));
          const host = { name, address: old.address, user: old.user, authorizedKey };
          const network = networkOf(paths, lab.registry.subnet ?? '');
          await containerUp(lab, { ...host, image: imageIn(old.image, old.release) }, network);
        }),
      ),
  };
}

function containerAccess(paths: LabPaths, c: ContainerRecord): SshAccess {
  return { address: c.address, port: c.port, user: 'root', key: paths.key, knownHosts: paths.knownHosts };
}

async function runOn(access: SshAccess, command: string, input?: string): Promise<Ran> {
  return attempt([...sshArgs(access), command], input === undefined ? {} : { input });
}

function asMachine(registry: Registry, name: string): MachineRecord {
  const host = find(registry, name);
  if (host.kind !== 'machine') throw new LabError(`${name} is a container`, 'Use openContainer.');
  return host;
}

function asContainer(registry: Registry, name: string): ContainerRecord {
  const host = find(registry, name);
  if (host.kind !== 'container') throw new LabError(`${name} is a machine`, 'Use openMachine.');
  return host;
}
