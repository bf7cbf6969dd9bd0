import { constants } from 'node:fs';
import { access, statfs } from 'node:fs/promises';
import { arch, platform } from 'node:os';
import { delimiter, join } from 'node:path';
import { MissingError } from '../errors.ts';

/** The local commands that the lab runs, and the Debian package of each. scripts/setup has the same list. */
export const labTools: Readonly<Record<string, string>> = {
  'apt-get': 'apt',
  bash: 'bash',
  flock: 'util-linux',
  ip: 'iproute2',
  mke2fs: 'e2fsprogs',
  mmdebstrap: 'mmdebstrap',
  mount: 'mount',
  nsenter: 'util-linux',
  'qemu-img': 'qemu-utils',
  'qemu-system-x86_64': 'qemu-system-x86',
  setpriv: 'util-linux',
  ssh: 'openssh-client',
  'ssh-keygen': 'openssh-client',
  'systemd-nspawn': 'systemd-container',
  tar: 'tar',
  umount: 'mount',
  unshare: 'util-linux',
};

/** A first image, a saved state and some hosts, in bytes. */
const neededSpace = 4 * 1024 ** 3;

/** Throws a MissingError unless this machine can have lab hosts. */
export async function requireLabMachine(): Promise<void> {
  if (platform() !== 'linux' || arch() !== 'x64') {
    throw new MissingError(
      `the lab needs Linux on x86-64; this is ${platform()} on ${arch()}`,
      'Run it in a virtual machine with Debian or Ubuntu.',
    );
  }
  await requireTools(Object.keys(labTools));
  if (process.geteuid?.() !== 0) {
    throw new MissingError(
      'the lab needs root: it makes file systems, network namespaces and containers',
      'Run the same command with sudo.',
    );
  }
}

/** Throws a MissingError that names the packages of those tools that are not there. */
async function requireTools(tools: readonly string[]): Promise<void> {
  const there = await Promise.all(tools.map(isInstalled));
  const missing = tools.filter((_, i) => !there[i]);
  if (missing.length === 0) return;
  throw new MissingError(`not installed: ${missing.join(', ')}`, installHint(missing));
}

/** The command that installs what is missing. */
export function installHint(missing: readonly string[]): string {
  const packages = [...new Set(missing.map((tool) => labTools[tool] ?? tool))].toSorted();
  return `sudo apt-get install --no-install-recommends ${packages.join(' ')}`;
}

async function isInstalled(tool: string): Promise<boolean> {
  // A plain user's PATH often lacks the sbin folders, and root by sudo has them.
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/sbin'];
  for (const folder of folders.filter((f) => f !== '')) {
    if (await canAccess(join(folder, tool), constants.X_OK)) return true;
  }
  return false;
}

export async function canAccess(path: string, mode: number): Promise<boolean> {
  return access(path, mode).then(
    () => true,
    () => false,
  );
}

/** Throws a MissingError if an image would not fit into the file system of that folder. */
export async function requireSpace(folder: string): Promise<void> {
  const { bavail, bsize } = await statfs(folder);
  if (bavail * bsize >= neededSpace) return;
  const free = ((bavail * bsize) / 1024 ** 3).toFixed(1);
  throw new MissingError(
    `${folder} has ${free} GiB free; the lab needs ${neededSpace / 1024 ** 3}`,
    'Free some space, or set CONFINE_LAB_DIR and CONFINE_LAB_CACHE to folders on another disk.',
  );
}
