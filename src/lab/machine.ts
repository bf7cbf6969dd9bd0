import { randomBytes } from 'node:crypto';
import { copyFile, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { LabError } from './errors.ts';
import { imageIn } from './image.ts';
import type { LabPaths } from './paths.ts';
import { portTaken } from './ports.ts';
import { end, identify, isRunning, type ProcessId } from './process.ts';
import { qemuArgs, type QemuStart } from './qemu.ts';
import { execute, greets, monitor, quit } from './qmp.ts';
import type { MachineRecord } from './registry.ts';
import { lastLines, run, spawnDetached, until } from './run.ts';
import { onHost, type SshAccess, untilOnHost } from './ssh.ts';

/** The name of the state that a machine wakes up in: booted, idle, BIND answering. */
export const savedState = 'ready';

/** Seconds for a boot; under emulation on a busy machine it takes a minute. */
const bootTime = 180;

/** True on a host once it has booted and BIND answers from both zones. */
const isReady =
  'systemctl is-system-running --wait >/dev/null; for zone in example.test good.test; do ' +
  'dig +short +time=2 +tries=1 @127.0.0.1 "$zone" SOA | grep -q . || exit 1; done';

/** Where a machine's files are, within its folder. */
export function files(folder: string): {
  readonly disk: string;
  readonly drive: string;
  readonly console: string;
  readonly log: string;
} {
  return {
    disk: join(folder, 'disk.qcow2'),
    drive: join(folder, 'identity.tar'),
    console: join(folder, 'console.log'),
    log: join(folder, 'qemu.log'),
  };
}

/** How to start a machine. */
export type MachineStart =
  | { readonly from: 'saved state' }
  /** From its disk as it is, or another one; arguments are added to the kernel's command line. */
  | { readonly from: 'disk'; readonly kernelArgs: readonly string[]; readonly disk?: string };

/** A machine's disk in two files: what it held at one time, and what was written since. */
export interface LayeredDisk {
  readonly base: string;
  readonly layer: string;
}

/** Has all that the guest writes from now on in a layer of its own, so that a copy of it is small. */
export async function layerDisk(
  paths: LabPaths,
  machine: MachineRecord,
  layer: string,
): Promise<LayeredDisk> {
  await execute(monitorOf(paths, machine.name), 'blockdev-snapshot-sync', {
    device: 'virtio0',
    'snapshot-file': layer,
    format: 'qcow2',
  });
  const base = `${layer}.base`;
  await copyFile(files(paths.host(machine.name)).disk, base);
  return { base, layer };
}

/** What the disk of a machine would hold if its plug were pulled at this instant, as a file on top of the base. */
export async function copyLayer(
  machine: MachineRecord,
  { base, layer }: LayeredDisk,
  to: string,
): Promise<void> {
  const { name, process: qemu } = machine;
  if (!qemu || !(await isRunning(qemu))) throw new LabError(`${name} does not run`);
  // A stopped qemu writes nothing, and what it keeps for later is in no file: the bytes are those that SIGKILL leaves.
  process.kill(qemu.pid, 'SIGSTOP');
  try {
    await copyFile(layer, to);
  } finally {
    process.kill(qemu.pid, 'SIGCONT');
  }
  await run(['qemu-img', 'rebase', '-u', '-f', 'qcow2', '-F', 'qcow2', '-b', base, to]);
}

/** Starts the qemu of a machine whose files are in place. The caller notes the process, then waits for it. */
export async function startMachine(
  paths: LabPaths,
  machine: MachineRecord,
  how: MachineStart,
): Promise<ProcessId> {
  const { disk, drive, console, log } = files(paths.host(machine.name));
  const { name, accelerator, machineId } = machine;
  const saved = how.from === 'saved state';
  return startQemu(
    {
      name,
      accelerator,
      machineId,
      disk: saved ? disk : (how.disk ?? disk),
      drive,
      console,
      sshPort: machine.port,
      image: imageIn(machine.image, machine.release),
      monitor: monitorOf(paths, name),
      load: saved ? savedState : undefined,
      kernelArgs: saved ? [] : how.kernelArgs,
    },
    log,
    { dieWithUs: false },
  );
}

/** Waits until a machine that was booted from its disk answers. */
export async function untilMachineReady(paths: LabPaths, machine: MachineRecord): Promise<void> {
  await untilReady(accessTo(paths, machine), machine.name, files(paths.host(machine.name)).console);
}

/** Waits until a machine answers, for so long as a boot may take. */
export async function untilReady(access: SshAccess, name: string, console: string): Promise<void> {
  try {
    await untilOnHost(access, bootTime, isReady);
  } catch (error) {
    throw new LabError(`${name} did not boot`, `Its console is in ${console}.`, { cause: error });
  }
}

/** Puts a running machine back into its saved state: disk, memory and all. */
export async function resetMachine(paths: LabPaths, machine: MachineRecord): Promise<void> {
  await monitor(monitorOf(paths, machine.name), `loadvm ${savedState}`);
  await wakeMachine(paths, machine);
}

/** After a saved state: the guest's clock stands where it was saved, and its randomness would repeat. */
export async function wakeMachine(paths: LabPaths, machine: MachineRecord): Promise<void> {
  const now = (Date.now() / 1000).toFixed(2);
  const random = randomBytes(32).toString('hex');
  await onHost(accessTo(paths, machine), `date -s @${now} >/dev/null; echo ${random} >/dev/urandom`);
}

/**
 * Has the guest reboot in order, up to the point where its firmware would start again; qemu ends there. A fresh
 * qemu boots the disk several times faster than an emulated machine that is reset.
 */
export async function shutDownForReboot(paths: LabPaths, machine: MachineRecord): Promise<void> {
  await execute(monitorOf(paths, machine.name), 'set-action', { reboot: 'shutdown' });
  await onHost(accessTo(paths, machine), 'systemctl --no-block reboot');
  const { process: qemu } = machine;
  const gone = await until(bootTime, async () => !qemu || !(await isRunning(qemu)));
  if (!gone) throw new LabError(`${machine.name} did not shut down in ${bootTime} seconds`);
}

/** Pulls the plug of a machine: qemu ends at once, and what the guest had not written is lost. */
export async function stopMachine(paths: LabPaths, machine: MachineRecord): Promise<void> {
  await stopQemu(monitorOf(paths, machine.name), machine.process);
  await rm(monitorOf(paths, machine.name), { force: true });
}

export function accessTo(paths: LabPaths, machine: MachineRecord): SshAccess {
  return {
    address: machine.address,
    port: machine.port,
    user: 'root',
    key: paths.key,
    knownHosts: paths.knownHosts,
  };
}

function monitorOf(paths: LabPaths, name: string): string {
  return join(paths.run, `${name}.qmp`);
}

/** Starts a qemu and waits until its main loop runs: with a saved state, until that is loaded. */
export async function startQemu(
  start: QemuStart,
  log: string,
  options: { readonly dieWithUs: boolean },
): Promise<ProcessId> {
  await mkdir(join(start.monitor, '..'), { recursive: true });
  await rm(start.monitor, { force: true });
  await writeFile(log, '');
  const qemu = await spawnDetached(qemuArgs(start), log, options);
  const id = await identify(qemu.pid);
  let ended: string | undefined;
  void qemu.ended.then((how) => (ended = how));
  const up = await until(30, async () => ended !== undefined || greets(start.monitor), 0.02);
  if (id && up && ended === undefined) return id;
  if (id) await end(id, 'SIGKILL');
  const said = lastLines(await readFile(log, 'utf8'));
  if (said.includes('Could not set up host forwarding rule')) throw await portTaken(start.sshPort);
  throw new LabError(`qemu of ${start.name} did not start (${ended ?? 'no answer'}): ${said || 'no output'}`);
}

/** Ends a qemu at once. */
export async function stopQemu(socket: string, qemu: ProcessId | undefined): Promise<void> {
  // Not by its monitor: on "quit" it flushes first, and a plug that is pulled does not.
  if (qemu && !(await end(qemu, 'SIGKILL'))) throw new LabError(`qemu (pid ${qemu.pid}) would not end`);
  // Where no process was noted: a run that was killed may have left one that listens here.
  await quit(socket);
}
