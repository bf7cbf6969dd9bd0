import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { copyFile, mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { type Accelerator, cpuModel, readMachineKind } from './accelerator.ts';
import { LabError } from './errors.ts';
import { type EmitLabEvent, timed } from './events.ts';
import { newIdentity, writeIdentityDrive } from './identity.ts';
import { exists, type Image, imageIn, removeFolders } from './image.ts';
import { withLock } from './lock.ts';
import type { LabPaths } from './paths.ts';
import { end, identify, isRunning, type ProcessId } from './process.ts';
import { guestNetwork, hardware, qemuArgs, type QemuStart } from './qemu.ts';
import { execute, greets, monitor, quit } from './qmp.ts';
import { hashOf } from './recipe.ts';
import type { MachineRecord } from './registry.ts';
import { lastLines, run, spawnDetached, until } from './run.ts';
import { knownHostsLines, onHost, type SshAccess, untilOnHost } from './ssh.ts';

/** The name of the state that a machine wakes up in: booted, idle, BIND answering. */
const savedState = 'ready';

/** Seconds for a boot; under emulation on a busy machine it takes a minute. */
const bootTime = 180;

/** True on a host once it has booted and BIND answers from both zones. */
const isReady =
  'systemctl is-system-running --wait >/dev/null; for zone in example.test good.test; do ' +
  'dig +short +time=2 +tries=1 @127.0.0.1 "$zone" SOA | grep -q . || exit 1; done';

const SavedMachine = z.strictObject({ machineId: z.string(), hostKey: z.string() });

/** A folder of the cache with a machine that has booted once: disk.qcow2 (with the state), identity.tar. */
interface Saved extends z.output<typeof SavedMachine> {
  readonly folder: string;
}

/** Where a machine's files are, within its folder. */
function files(folder: string): {
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

/**
 * Puts a machine's files in place, as copies of its saved state in the cache, which is made if it isn't there:
 * every name has a state of its own, so that machines differ in keys, ids and randomness as real ones do.
 */
export async function prepareMachine(
  paths: LabPaths,
  image: Image,
  who: {
    readonly name: string;
    readonly port: number;
    readonly user: string;
    readonly authorizedKey: string;
  },
  accelerator: Accelerator,
  emit: EmitLabEvent,
): Promise<MachineRecord> {
  const { cpuinfo, qemu } = await readMachineKind();
  const cpu = accelerator === 'kvm' ? cpuModel(cpuinfo) : 'emulated';
  const key = hashOf([image.folder, who.authorizedKey, accelerator, cpu, qemu, hardware]);
  const states = join(paths.cache, 'states');
  const prefix = `${image.release}-${who.name}-`;
  const folder = join(states, `${prefix}${key}`);
  const host = paths.host(who.name);

  return withLock(join(states, `${prefix}lock`), `boots ${who.name} for the first time`, emit, async () => {
    if (!(await exists(folder))) {
      await removeFolders(states, (name) => name.startsWith(prefix) && name !== `${prefix}lock`);
      const build = await mkdtemp(join(states, `${prefix}build-`));
      await timed(emit, 'first boot', who.name, 'once, to save its state', () =>
        firstBoot(paths, image, { ...who, accelerator, folder: build }),
      );
      await rename(build, folder);
    }
    const saved = await readSaved(folder);
    await mkdir(host, { recursive: true });
    const [from, to] = [files(folder), files(host)];
    await copyFile(from.disk, to.disk, constants.COPYFILE_FICLONE);
    await copyFile(from.drive, to.drive);
    return {
      kind: 'machine',
      name: who.name,
      release: image.release,
      address: '127.0.0.1',
      port: who.port,
      user: who.user,
      hostKey: saved.hostKey,
      image: image.folder,
      accelerator,
      machineId: saved.machineId,
    };
  });
}

async function readSaved(folder: string): Promise<Saved> {
  const text = await readFile(join(folder, 'machine.json'), 'utf8');
  return { folder, ...SavedMachine.parse(JSON.parse(text)) };
}

/** Boots a new machine to its idle state and saves that; its qemu ends with this process. */
async function firstBoot(
  paths: LabPaths,
  image: Image,
  what: {
    readonly name: string;
    readonly port: number;
    readonly authorizedKey: string;
    readonly accelerator: Accelerator;
    readonly folder: string;
  },
): Promise<void> {
  const { name, port, accelerator, folder } = what;
  const { disk, drive, console, log } = files(folder);
  const who = await newIdentity(name, what.authorizedKey, guestNetwork);
  await writeIdentityDrive(who, drive);
  await run(['qemu-img', 'create', '-q', '-f', 'qcow2', '-b', image.disk, '-F', 'raw', disk]);
  const knownHosts = join(folder, 'known_hosts');
  await writeFile(knownHosts, knownHostsLines([{ address: '127.0.0.1', port, hostKey: who.hostPublicKey }]));

  const start: QemuStart = {
    image,
    name,
    accelerator,
    disk,
    drive,
    console,
    sshPort: port,
    load: undefined,
    kernelArgs: [],
    machineId: who.machineId,
    monitor: join(paths.run, `${name}.first`),
  };
  const qemu = await startQemu(start, log, { dieWithUs: true });
  try {
    const access = { address: '127.0.0.1', port, user: 'root', key: paths.key, knownHosts };
    await untilReady(access, name, console);
    await onHost(access, 'sync');
    await monitor(start.monitor, `savevm ${savedState}`);
  } finally {
    await stop(start.monitor, qemu);
  }
  await Promise.all([rm(knownHosts), rm(log), rm(console)]);
  const saved: z.input<typeof SavedMachine> = { machineId: who.machineId, hostKey: who.hostPublicKey };
  await writeFile(join(folder, 'machine.json'), JSON.stringify(saved));
}

/** How to start a machine. */
export type MachineStart =
  | { readonly from: 'saved state' }
  /** From its disk as it is; arguments are added to the kernel's command line. */
  | { readonly from: 'disk'; readonly kernelArgs: readonly string[] };

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
      disk,
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

async function untilReady(access: SshAccess, name: string, console: string): Promise<void> {
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
  if (machine.process) await stop(monitorOf(paths, machine.name), machine.process);
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

async function startQemu(
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
  throw new LabError(`qemu of ${start.name} did not start (${ended ?? 'no answer'}): ${said || 'no output'}`);
}

async function stop(socket: string, qemu: ProcessId): Promise<void> {
  await quit(socket);
  if (!(await end(qemu, 'SIGKILL'))) throw new LabError(`qemu (pid ${qemu.pid}) would not end`);
}
