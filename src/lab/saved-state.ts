import { constants } from 'node:fs';
import { copyFile, mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { type Accelerator, cpuModel, readMachineKind } from './accelerator.ts';
import { type EmitLabEvent, timed } from './events.ts';
import { newIdentity, writeIdentityDrive } from './identity.ts';
import { exists, type Image, removeFolders } from './image.ts';
import { withLock } from './lock.ts';
import { files, savedState, startQemu, stopQemu, untilReady } from './machine.ts';
import type { LabPaths } from './paths.ts';
import { withFreePort } from './ports.ts';
import { guestNetwork, hardware, type QemuStart } from './qemu.ts';
import { monitor, quit } from './qmp.ts';
import { hashOf } from './recipe.ts';
import type { MachineRecord } from './registry.ts';
import { run } from './run.ts';
import { knownHostsLines, onHost } from './ssh.ts';

/** machine.json of a saved state: what a machine's record takes over. Its disk and identity lie beside it. */
const Saved = z.strictObject({ machineId: z.string(), hostKey: z.string() });
type Saved = z.output<typeof Saved>;

/**
 * Puts a machine's files in place, as copies of its saved state in the cache, which is made if it isn't there:
 * every name has a state of its own, so that machines differ in keys, ids and randomness as real ones do.
 */
export async function prepareMachine(
  paths: LabPaths,
  image: Image,
  who: {
    readonly name: string;
    readonly user: string;
    readonly authorizedKey: string;
  },
  accelerator: Accelerator,
  emit: EmitLabEvent,
): Promise<Omit<MachineRecord, 'port'>> {
  const { cpuinfo, qemu } = await readMachineKind();
  const cpu = accelerator === 'kvm' ? cpuModel(cpuinfo) : 'emulated';
  const key = hashOf([image.folder, who.authorizedKey, accelerator, cpu, qemu, hardware, warmUp]);
  const states = join(paths.cache, 'states');
  const prefix = `${image.release}-${who.name}-`;
  const folder = join(states, `${prefix}${key}`);
  const host = paths.host(who.name);

  return withLock(join(states, `${prefix}lock`), `uses the saved state of ${who.name}`, emit, async () => {
    if (!(await exists(folder))) {
      await removeFolders(states, (name) => name.startsWith(prefix) && name !== `${prefix}lock`);
      const build = await mkdtemp(join(states, `${prefix}build-`));
      await timed(emit, 'first boot', who.name, 'once, to save its state', () =>
        firstBoot(paths, image, { ...who, accelerator, folder: build }),
      );
      await rename(build, folder);
    }
    const saved = Saved.parse(JSON.parse(await readFile(join(folder, 'machine.json'), 'utf8')));
    await mkdir(host, { recursive: true });
    const [from, to] = [files(folder), files(host)];
    await copyFile(from.disk, to.disk, constants.COPYFILE_FICLONE);
    await copyFile(from.drive, to.drive);
    return {
      kind: 'machine',
      name: who.name,
      release: image.release,
      address: '127.0.0.1',
      user: who.user,
      hostKey: saved.hostKey,
      image: image.folder,
      accelerator,
      machineId: saved.machineId,
    };
  });
}

/** What a playbook's packages read first, so that a machine wakes up with it in memory. */
const warmUp =
  'cat /var/lib/dpkg/info/*.list /var/cache/apt/*.bin /srv/lab/apt/* >/dev/null; ' +
  'perl -MDebconf::Db -e 1; python3 -c 1; ldconfig -p >/dev/null; sync';

/** Boots a new machine to its idle state and saves that; its qemu ends with this process. */
async function firstBoot(
  paths: LabPaths,
  image: Image,
  what: {
    readonly name: string;
    readonly authorizedKey: string;
    readonly accelerator: Accelerator;
    readonly folder: string;
  },
): Promise<void> {
  const { name, accelerator, folder } = what;
  const { disk, drive, console, log } = files(folder);
  const who = await newIdentity(name, what.authorizedKey, guestNetwork);
  await writeIdentityDrive(who, drive);
  await run(['qemu-img', 'create', '-q', '-f', 'qcow2', '-b', image.disk, '-F', 'raw', disk]);
  const saved: Saved = { machineId: who.machineId, hostKey: who.hostPublicKey };
  const knownHosts = join(folder, 'known_hosts');
  await withFreePort(undefined, new Set(), async (port) => {
    const monitorSocket = join(paths.run, `${name}.first`);
    const access = { address: '127.0.0.1', port, user: 'root', key: paths.key, knownHosts };
    await writeFile(knownHosts, knownHostsLines([{ ...access, hostKey: saved.hostKey }]));
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
      machineId: saved.machineId,
      monitor: monitorSocket,
    };
    const qemu = await startQemu(start, log, { dieWithUs: true });
    try {
      await untilReady(access, name, console);
      await onHost(access, warmUp);
      await monitor(monitorSocket, `savevm ${savedState}`);
    } finally {
      // In order, so that all of the state is in its file.
      await quit(monitorSocket);
      await stopQemu(monitorSocket, qemu);
    }
  });
  await Promise.all([rm(knownHosts), rm(log), rm(console)]);
  await writeFile(join(folder, 'machine.json'), JSON.stringify(saved));
}
