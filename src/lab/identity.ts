import { chmod, copyFile, mkdir, mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { randomBytes } from 'node:crypto';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { exists } from './image.ts';
import type { LabPaths } from './paths.ts';
import { run } from './run.ts';

/** What makes a host of the lab that host. */
export interface Identity {
  readonly name: string;
  readonly machineId: string;
  /** An OpenSSH private key. */
  readonly hostKey: string;
  /** Type and key of its public half. */
  readonly hostPublicKey: string;
  /** The public key that may log in. */
  readonly authorizedKey: string;
  readonly network: {
    readonly device: string;
    readonly address: string;
    readonly gateway: string | undefined;
  };
}

export interface IdentityFile {
  /** Relative to the root of the host. */
  readonly path: string;
  readonly mode: number;
  readonly text: string;
}

/** The files of a host's identity. The last one tells that all are there. */
export function identityFiles(who: Identity): IdentityFile[] {
  const { device, address, gateway } = who.network;
  const net = [`auto ${device}`, `iface ${device} inet static`, `\taddress ${address}/24`];
  if (gateway) net.push(`\tgateway ${gateway}`);
  return [
    { path: 'etc/hostname', mode: 0o644, text: `${who.name}\n` },
    { path: 'etc/hosts', mode: 0o644, text: `127.0.0.1 localhost\n127.0.1.1 ${who.name}\n` },
    { path: 'etc/machine-id', mode: 0o444, text: `${who.machineId}\n` },
    { path: 'etc/network/interfaces.d/lab', mode: 0o644, text: `${net.join('\n')}\n` },
    { path: 'etc/ssh/lab_authorized_keys', mode: 0o644, text: `${who.authorizedKey}\n` },
    { path: 'etc/ssh/ssh_host_ed25519_key', mode: 0o600, text: who.hostKey },
    { path: 'etc/ssh/ssh_host_ed25519_key.pub', mode: 0o644, text: `${who.hostPublicKey} ${who.name}\n` },
    { path: 'etc/lab-identity', mode: 0o644, text: `${who.name}\n` },
  ];
}

/** Makes a new identity, with a fresh host key. */
export async function newIdentity(
  name: string,
  authorizedKey: string,
  network: Identity['network'],
): Promise<Identity> {
  const folder = await mkdtemp(join(tmpdir(), 'confine-lab-'));
  try {
    const file = join(folder, 'key');
    await run(['ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-C', name, '-f', file]);
    return {
      name,
      machineId: randomBytes(16).toString('hex'),
      hostKey: await readFile(file, 'utf8'),
      hostPublicKey: publicKey(await readFile(`${file}.pub`, 'utf8')),
      authorizedKey,
      network,
    };
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** Type and key of a line of a .pub file, without the comment. */
export function publicKey(line: string): string {
  return line.trim().split(/\s+/).slice(0, 2).join(' ');
}

/** Writes the files below a folder that is, or becomes, the root of a host. */
export async function writeIdentity(who: Identity, root: string): Promise<void> {
  for (const file of identityFiles(who)) {
    const path = join(root, file.path);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, file.text, { mode: file.mode });
    await chmod(path, file.mode);
  }
}

/** Writes the files as the drive from which a machine takes them: a tar, and nothing around it. */
export async function writeIdentityDrive(who: Identity, drive: string): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'confine-lab-'));
  try {
    await writeIdentity(who, folder);
    await run([
      'tar',
      '--create',
      '--owner=0',
      '--group=0',
      '--numeric-owner',
      '-f',
      drive,
      '-C',
      folder,
      'etc',
    ]);
    // Drives end at a full sector; the tar is far smaller.
    await truncate(drive, 1024 ** 2);
  } finally {
    await rm(folder, { recursive: true });
  }
}

/**
 * The key that opens the lab's hosts: one for the cache, since saved states know it, with a copy in each lab.
 * Gives the public half.
 */
export async function ensureClientKey(paths: LabPaths): Promise<string> {
  const shared = join(paths.cache, 'id_ed25519');
  await mkdir(paths.cache, { recursive: true });
  if (!(await exists(`${shared}.pub`))) {
    await rm(shared, { force: true });
    await run(['ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-C', 'confine-lab', '-f', shared]);
  }
  await mkdir(paths.state, { recursive: true });
  await writeFile(paths.key, await readFile(shared), { mode: 0o600 });
  await copyFile(`${shared}.pub`, `${paths.key}.pub`);
  return publicKey(await readFile(`${shared}.pub`, 'utf8'));
}
