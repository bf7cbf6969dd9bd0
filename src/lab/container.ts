import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { Resolver } from 'node:dns/promises';
import { basename, dirname, join } from 'node:path';
import { hasSystemd, makeGroups, pidsInGroups, removeGroups } from './cgroup.ts';
import { LabError } from './errors.ts';
import { newIdentity, writeIdentity } from './identity.ts';
import { type Image, imageIn, removeFolders } from './image.ts';
import { parseMounts } from './mounts.ts';
import { bridge, namespacePath, type Network } from './network.ts';
import type { LabPaths } from './paths.ts';
import { childrenOf, end, identify, type ProcessId } from './process.ts';
import type { ContainerRecord } from './registry.ts';
import { attempt, lastLines, run, spawnDetached, until } from './run.ts';
import { answersSsh } from './ssh.ts';

/** Seconds for a boot; twenty at once on two cores take about fifteen. */
const bootTime = 120;

/** A container's files, within its folder: its own layer, and the tree that the layers make together. */
function files(folder: string): {
  readonly upper: string;
  readonly work: string;
  readonly tree: string;
  readonly console: string;
} {
  return {
    upper: join(folder, 'upper'),
    work: join(folder, 'work'),
    tree: join(folder, 'tree'),
    console: join(folder, 'console.log'),
  };
}

/** Gives a container its identity, in a layer of its own. */
export async function prepareContainer(
  paths: LabPaths,
  image: Image,
  who: {
    readonly name: string;
    readonly address: string;
    readonly user: string;
    readonly authorizedKey: string;
  },
): Promise<ContainerRecord> {
  const { upper, work, tree } = files(paths.host(who.name));
  const { address } = who;
  for (const folder of [upper, work, tree]) await mkdir(folder, { recursive: true });
  const net = { device: 'host0', address, gateway: undefined };
  const identity = await newIdentity(who.name, who.authorizedKey, net);
  await writeIdentity(identity, upper);
  return {
    kind: 'container',
    name: who.name,
    release: image.release,
    address,
    port: 22,
    user: who.user,
    hostKey: identity.hostPublicKey,
    image: image.folder,
  };
}

/** Starts a container whose layer is in place. The caller notes the process, then waits for it. */
export async function startContainer(
  paths: LabPaths,
  container: ContainerRecord,
  network: Network,
): Promise<ProcessId> {
  const { upper, work, tree, console } = files(paths.host(container.name));
  const lower = imageIn(container.image, container.release).tree;
  await mountOverlay({ lower, upper, work }, tree);
  await writeFile(console, '');
  const groups = await makeGroups(paths, container.name);
  const nspawn = await spawnDetached(
    [
      inGroups(groups),
      // Not `ip netns exec`: that hides the cgroup tree, which systemd in the container needs.
      ['nsenter', `--net=${namespacePath(network)}`],
      ['systemd-nspawn', '--quiet', '--register=no', '--boot'],
      // A lab host is thrown away: nothing in it is asked to stop.
      ['--kill-signal=SIGKILL'],
      hasSystemd() ? [] : ['--keep-unit'],
      ['--directory', tree, '--network-bridge', bridge],
      // The name of the machine is that of its scope, and another lab may have a host of the same name.
      ['--machine', `${container.name}-${paths.id}`, '--hostname', container.name],
    ].flat(),
    console,
    { dieWithUs: false },
  );
  const id = await identify(nspawn.pid);
  if (!id)
    throw new LabError(`${container.name} did not start: ${await nspawn.ended}`, await lastOf(console));
  return id;
}

/** Waits until ssh says hello and BIND answers. */
export async function untilContainerReady(
  paths: LabPaths,
  container: ContainerRecord,
  isAlive: () => Promise<boolean>,
): Promise<void> {
  const { console } = files(paths.host(container.name));
  let alive = true;
  const ready = await until(bootTime, async () => {
    alive = await isAlive();
    return !alive || ((await answersSsh(container)) && (await answersDns(container.address)));
  });
  if (alive && ready) return;
  const how = alive ? `did not get ready in ${bootTime} seconds` : 'ended while it booted';
  const said = await lastOf(console);
  throw new LabError(
    `${container.name} ${how}: ${said}`,
    said.includes('Failed to allocate manager object')
      ? 'Too many containers for the limits of this kernel: sysctl fs.inotify.max_user_instances=1024'
      : `Its console is in ${console}.`,
  );
}

async function answersDns(address: string): Promise<boolean> {
  const resolver = new Resolver({ timeout: 1000, tries: 1 });
  resolver.setServers([address]);
  return resolver.resolveSoa('example.test').then(
    () => true,
    () => false,
  );
}

/** The process that is the container's pid 1, once it has booted: it can outlive a systemd-nspawn that crashed. */
export async function findInit(container: ContainerRecord): Promise<ProcessId | undefined> {
  const [init] = container.process ? await childrenOf(container.process) : [];
  return init === undefined ? undefined : identify(init);
}

/** Ends a container at once and takes its layers apart; its files stay. */
export async function stopContainer(paths: LabPaths, container: ContainerRecord): Promise<void> {
  const { name, process: nspawn, init } = container;
  // nspawn takes the container with it on SIGTERM only; on SIGKILL it leaves it running.
  const ended =
    (!nspawn || (await end(nspawn, 'SIGTERM')) || (await end(nspawn, 'SIGKILL'))) &&
    (!init || (await end(init, 'SIGKILL')));
  for (const pid of await pidsInGroups(paths, name)) {
    const left = await identify(pid);
    if (left) await end(left, 'SIGKILL');
  }
  if (!ended) throw new LabError(`systemd-nspawn of ${name} (pid ${nspawn?.pid}) would not end`);
  await removeGroups(paths, name);
  const { tree } = files(paths.host(name));
  const gone = await until(
    10,
    async () => !(await isMounted(tree)) || (await attempt(['umount', tree])).code === 0,
  );
  if (!gone) throw new LabError(`${tree} could not be unmounted`);
}

/** Removes the files of a host that has been stopped. */
export async function removeHostFolder(paths: LabPaths, name: string): Promise<void> {
  const folder = paths.host(name);
  await removeFolders(dirname(folder), (other) => other === basename(folder));
}

/** The beginning of a command line: a shell that enters the groups and becomes the rest of the line. */
function inGroups(procs: readonly string[]): string[] {
  if (procs.length === 0) return [];
  const enter = 'while [ "$1" != -- ]; do echo $$ >"$1" || exit; shift; done; shift; exec "$@"';
  return ['sh', '-c', enter, 'sh', ...procs, '--'];
}

async function mountOverlay(
  layers: { readonly lower: string; readonly upper: string; readonly work: string },
  tree: string,
): Promise<void> {
  const { lower, upper, work } = layers;
  const bad = [lower, upper, work].find((path) => /[,:\\]/.test(path));
  if (bad) {
    throw new LabError(
      `${bad} holds a character that overlay mounts can't take (, : \\)`,
      'Set CONFINE_LAB_DIR and CONFINE_LAB_CACHE to other folders.',
    );
  }
  const options = `lowerdir=${lower},upperdir=${upper},workdir=${work}`;
  await run(['mount', '-t', 'overlay', 'confine-lab', '-o', options, tree]);
}

/** Whether something is mounted on that folder. */
async function isMounted(folder: string): Promise<boolean> {
  const mounts = parseMounts(await readFile('/proc/self/mountinfo', 'utf8'));
  return mounts.some((mount) => mount.point === folder);
}

async function lastOf(console: string): Promise<string> {
  return lastLines(await readFile(console, 'utf8').catch(() => '')) || 'its console says nothing';
}
