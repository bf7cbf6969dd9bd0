import { cp, mkdir, mkdtemp, readdir, readFile, rename, stat, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { readAptHost } from './apt.ts';
import { LabError } from './errors.ts';
import { type EmitLabEvent, timed } from './events.ts';
import { withLock } from './lock.ts';
import type { LabPaths } from './paths.ts';
import { hashOf, mmdebstrapArgs, readRecipe, type Recipe } from './recipe.ts';
import type { Release } from './releases.ts';
import { run } from './run.ts';
import { requireSpace } from './tools.ts';

/** An image in the cache: one tree for containers, and the same as a disk for machines. */
export interface Image {
  readonly release: Release;
  readonly folder: string;
  readonly tree: string;
  readonly disk: string;
  readonly kernel: string;
  readonly initrd: string;
}

export function imageIn(folder: string, release: Release): Image {
  return {
    release,
    folder,
    tree: join(folder, 'tree'),
    disk: join(folder, 'disk.raw'),
    kernel: join(folder, 'vmlinuz'),
    initrd: join(folder, 'initrd'),
  };
}

/**
 * The image of a release, built if the cache lacks this very recipe. A build happens in a folder of its own and
 * is renamed when it is whole, so what has its name is good.
 */
export async function ensureImage(paths: LabPaths, release: Release, emit: EmitLabEvent): Promise<Image> {
  const recipe = await readRecipe(release);
  const image = imageIn(join(paths.cache, 'images', `${release}-${hashOf(recipe)}`), release);
  if (await exists(image.folder)) return image;
  return withLock(join(paths.cache, 'build.lock'), 'builds an image', emit, async () => {
    if (await exists(image.folder)) return image;
    const images = join(paths.cache, 'images');
    await mkdir(images, { recursive: true });
    // Under the lock, a folder of a build is what an interrupted one left.
    await removeFolders(images, (name) => name.startsWith('build-'));
    await requireSpace(images);
    const build = imageIn(await mkdtemp(join(images, 'build-')), release);
    await buildTree(recipe, build, emit);
    await timed(emit, 'disk', undefined, `a disk of ${recipe.diskSize}`, () => buildDisk(recipe, build));
    await rename(build.folder, image.folder);
    await removeOldImages(images, image);
    return image;
  });
}

/** With the first process of these all of them end, and their mounts inside the tree go: what is left are files. */
const ownNamespaces = ['unshare', '--mount', '--pid', '--fork', '--kill-child', '--mount-proc', '--'];

async function buildTree(recipe: Recipe, image: Image, emit: EmitLabEvent): Promise<void> {
  const host = await readAptHost(recipe.release);
  const about = `Debian ${recipe.release} with BIND, once for this machine`;
  await timed(emit, 'image', undefined, about, async () => {
    await run([...ownNamespaces, ...mmdebstrapArgs(recipe, image.tree, host)], {
      dieWithUs: true,
      onLine: (line) => {
        if (line.startsWith('I: ')) emit({ is: 'progress', step: 'image', line: line.slice(3) });
      },
    });
  });
}

async function buildDisk(recipe: Recipe, image: Image): Promise<void> {
  const boot = join(image.tree, 'boot');
  const files = await readdir(boot);
  for (const [prefix, to] of [
    ['vmlinuz-', image.kernel],
    ['initrd.img-', image.initrd],
  ] as const) {
    const name = files.find((file) => file.startsWith(prefix));
    if (!name) throw new LabError(`the image has no ${prefix}* in /boot`);
    await cp(join(boot, name), to);
  }
  await run(['mke2fs', '-q', '-t', 'ext4', '-d', image.tree, image.disk, recipe.diskSize]);
}

/** Notes that the hosts of a lab build on this image, so that it stays while they do. */
export async function useImage(paths: LabPaths, image: Image): Promise<void> {
  const users = join(image.folder, 'users');
  await mkdir(users, { recursive: true });
  await writeFile(join(users, paths.id), paths.registry);
}

/** Removes the release's other images, but those that a lab with hosts builds on. */
async function removeOldImages(images: string, current: Image): Promise<void> {
  for (const name of await readdir(images)) {
    const folder = join(images, name);
    if (folder === current.folder || !name.startsWith(`${current.release}-`)) continue;
    if (!(await isUsed(folder))) await removeFolders(images, (other) => other === name);
  }
}

async function isUsed(folder: string): Promise<boolean> {
  const users = join(folder, 'users');
  for (const user of await readdir(users).catch(() => [])) {
    const registry = await readFile(await readFile(join(users, user), 'utf8'), 'utf8').catch(() => '');
    if (registry.includes(basename(folder))) return true;
  }
  return false;
}

/** Removes folders that may hold a system's tree, without ever leaving their file system. */
export async function removeFolders(parent: string, which: (name: string) => boolean): Promise<void> {
  const names = (await readdir(parent).catch(() => [])).filter(which);
  if (names.length > 0)
    await run(['rm', '-rf', '--one-file-system', '--', ...names.map((n) => join(parent, n))]);
}

export async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
