import { z } from 'zod';
import { UsageError } from '../errors.ts';
import { LabError } from './errors.ts';
import type { LabPaths } from './paths.ts';
import { attempt, run } from './run.ts';

/**
 * The containers live in a network namespace of their own, behind a bridge there, and this machine reaches
 * them through a veth pair. They have no gateway, so nothing of theirs leaves this machine; and the namespace
 * takes everything with it when it goes.
 */
export interface Network {
  /** The first three numbers of a /24. */
  readonly subnet: string;
  readonly namespace: string;
  /** This machine's end of the veth pair. */
  readonly outside: string;
}

/** The bridge's name inside the namespace. */
export const bridge = 'br0';

const containerOffset = 10;

export function networkOf(paths: LabPaths, subnet: string): Network {
  return { subnet, namespace: namespaceOf(paths), outside: `lab${paths.id}` };
}

function namespaceOf(paths: LabPaths): string {
  return `confine-lab-${paths.id}`;
}

/** The path that nsenter takes. */
export function namespacePath(network: Network): string {
  return `/run/netns/${network.namespace}`;
}

/** The first addresses that no container has yet. */
export function freeAddresses(subnet: string, taken: ReadonlySet<string>, count: number): string[] {
  const all = Array.from({ length: maxContainers }, (_, i) => `${subnet}.${containerOffset + 1 + i}`);
  const free = all.filter((address) => !taken.has(address)).slice(0, count);
  if (free.length < count)
    throw new UsageError(
      `${count} more containers don't fit beside the lab's ${taken.size}: its network has ${maxContainers} addresses`,
      'End some: confine lab down NAME',
    );
  return free;
}

/** So many containers have addresses. */
const maxContainers = 254 - containerOffset;

/** Chooses a /24 of 10.213.0.0/16 that no route of this machine touches; the lab's id says where to begin. */
export function chooseSubnet(destinations: readonly string[], id: string): string {
  const taken = destinations.flatMap((d) => parseNet(d) ?? []);
  const first = Number.parseInt(id.slice(0, 2), 16);
  for (let i = 0; i < 256; i++) {
    const third = (first + i) % 256;
    const low = ((10 << 24) | (213 << 16) | (third << 8)) >>> 0;
    if (!taken.some((net) => net.low <= low + 255 && low <= net.high)) return `10.213.${third}`;
  }
  throw new LabError(
    'every network of 10.213.0.0/16 has a route on this machine already',
    'The lab needs one /24 of it: remove a route, or run the lab on another machine.',
  );
}

function parseNet(destination: string): { readonly low: number; readonly high: number } | undefined {
  const match = /^(\d+)\.(\d+)\.(\d+)\.(\d+)(?:\/(\d+))?$/.exec(destination);
  if (!match) return undefined;
  const address = match.slice(1, 5).reduce((sum, part) => sum * 256 + Number(part), 0);
  const bits = Number(match[5] ?? 32);
  // The default route is everyone's.
  return bits === 0 ? undefined : { low: address, high: address + 2 ** (32 - bits) - 1 };
}

const Routes = z.array(z.looseObject({ dst: z.string() }));

/** Makes the containers' network, or gives it back if it is there. */
export async function ensureNetwork(paths: LabPaths, known: string | undefined): Promise<Network> {
  if (known !== undefined) {
    const network = networkOf(paths, known);
    const there = await attempt(['ip', '-n', network.namespace, 'link', 'show', bridge]);
    if (there.code === 0) return network;
  }
  await removeNetwork(paths);
  const routes = Routes.parse(JSON.parse(await run(['ip', '-j', '-4', 'route', 'show', 'table', 'all'])));
  const network = networkOf(
    paths,
    chooseSubnet(
      routes.map((r) => r.dst),
      paths.id,
    ),
  );
  const { namespace, outside, subnet } = network;
  await run(['ip', 'netns', 'add', namespace]);
  await run(['ip', '-batch', '-'], {
    input: `link add ${outside} type veth peer name outside netns ${namespace}\naddr add ${subnet}.1/24 dev ${outside}\nlink set ${outside} up\n`,
  });
  await run(['ip', '-n', namespace, '-batch', '-'], {
    input: `link set lo up\nlink add ${bridge} type bridge\nlink set ${bridge} up\nlink set outside master ${bridge}\nlink set outside up\n`,
  });
  return network;
}

/** Takes the network away, if it is there. */
export async function removeNetwork(paths: LabPaths): Promise<void> {
  const outside = networkOf(paths, '').outside;
  // The kernel takes a namespace apart some time after its end; the pair would be in the way of the next one.
  await attempt(['ip', 'link', 'delete', outside]);
  await attempt(['ip', 'netns', 'delete', namespaceOf(paths)]);
}
