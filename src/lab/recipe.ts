import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { shQuote } from '../quote.ts';
import type { Release } from './releases.ts';

/** Everything that decides what is in an image; the image is known by its hash. */
export interface Recipe {
  readonly release: Release;
  readonly packages: readonly string[];
  /** Options that dpkg keeps in the hosts: most of an installation's time under emulation is its small files. */
  readonly dpkgOptions: readonly string[];
  readonly diskSize: string;
  /** The hooks' texts, by file name. */
  readonly hooks: Readonly<Record<HookName, string>>;
}

/** Shell files beside this one: before the kernel is installed, and after everything is. */
export type HookName = 'initrd.sh' | 'image.sh';

/** The path of a hook, in the source tree as in the built one, where the bundle has a folder of its own. */
function hookPath(name: HookName): string {
  return join(import.meta.dirname, '../lab', name);
}

const packages = (release: Release): string[] => [
  'apparmor',
  // Half of what a playbook's packages took under emulation was the many helpers that its installation runs.
  'auditd',
  'bind9',
  'bind9-dnsutils',
  'dbus',
  'ifupdown',
  'iproute2',
  'kmod',
  // Debian 11 gets its last point release's: the index of its security updates names one that mirrors lack.
  release === 'bullseye' ? 'linux-image-cloud-amd64/bullseye' : 'linux-image-cloud-amd64',
  'openssh-server',
  'procps',
  // What apparmor-utils depends on: unpacking and byte-compiling it under emulation takes longer than all the
  // rest of a run.
  'python3-apparmor',
  // What Ansible's apt module wants on a host: benchmarks run it beside confine.
  'python3-apt',
  'sudo',
  'systemd',
  'systemd-sysv',
  'udev',
];

const unusedFiles = ['/usr/share/doc/*', '/usr/share/info/*', '/usr/share/locale/*', '/usr/share/man/*'];

export async function readRecipe(release: Release): Promise<Recipe> {
  const [initrd, image] = await Promise.all([
    readFile(hookPath('initrd.sh'), 'utf8'),
    readFile(hookPath('image.sh'), 'utf8'),
  ]);
  return {
    release,
    packages: packages(release),
    dpkgOptions: ['force-unsafe-io', ...unusedFiles.map((path) => `path-exclude=${path}`)],
    diskSize: '3G',
    hooks: { 'initrd.sh': initrd, 'image.sh': image },
  };
}

/** A short name for exactly these values; the order of an object's keys does not count. */
export function hashOf(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value, sortKeys)).digest('hex').slice(0, 12);
}

function sortKeys(_key: string, value: unknown): unknown {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

/** The arguments of mmdebstrap for a recipe, with the tree as its result. */
export function mmdebstrapArgs(
  recipe: Recipe,
  tree: string,
  host: { readonly sources: readonly string[]; readonly aptOptions: readonly string[] },
): string[] {
  return [
    'mmdebstrap',
    '--variant=minbase',
    `--include=${recipe.packages.join(',')}`,
    ...recipe.dpkgOptions.map((option) => `--dpkgopt=${option}`),
    ...host.aptOptions.map((option) => `--aptopt=${option}`),
    // The lists are those of the repository in the image by then.
    '--skip=cleanup/apt/lists',
    `--extract-hook=${hookCommand('initrd.sh')}`,
    `--customize-hook=${hookCommand('image.sh')}`,
    recipe.release,
    tree,
    ...host.sources,
  ];
}

/** mmdebstrap gives a hook to sh, with the tree as `$1`. */
function hookCommand(name: HookName): string {
  return `sh ${shQuote(hookPath(name))} "$1"`;
}
