import { readFileSync } from 'node:fs';
import { load } from 'js-yaml';
import { z } from 'zod';
import { openContainer, openMachine, type ContainerHandle, type MachineHandle } from '../../src/lab/hosts.ts';
import { labUp } from '../../src/lab/lab.ts';
import { labPaths } from '../../src/lab/paths.ts';
import { defaultRelease, hostName, type Release } from '../../src/lab/releases.ts';
import { confine, type Ran } from './confine.ts';

/** Where the lab of the tests wrote its inventory. */
export const labInventory = (): string => labPaths().inventory;

const Machines = z.object({
  nameservers: z.object({
    vars: z.record(z.string(), z.unknown()),
    children: z.object({
      machines: z.object({ hosts: z.record(z.string(), z.record(z.string(), z.unknown())) }),
    }),
  }),
});

/** The lab's machines and the variables of all, as its inventory has them, for an inventory of one's own. */
export function labMachines(): {
  readonly vars: Readonly<Record<string, unknown>>;
  readonly hosts: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
} {
  const { vars, children } = Machines.parse(load(readFileSync(labInventory(), 'utf8'))).nameservers;
  return { vars, hosts: children.machines.hosts };
}

/** The lab's first machine of a release, brought up if it isn't, in its saved state. */
export async function machine(release: Release = defaultRelease): Promise<MachineHandle> {
  await labUp({ machines: 1, containers: 0, release }, () => {});
  const handle = await openMachine(hostName('machine', 1, release), () => {});
  await handle.reset();
  return handle;
}

/** The lab's first containers, brought up if they aren't, and without what a test left there. */
export async function containers(
  names: readonly string[],
  release: Release = defaultRelease,
): Promise<readonly ContainerHandle[]> {
  await labUp({ machines: 0, containers: names.length, release }, () => {});
  const all = names.map((_, i) => hostName('container', i + 1, release));
  const hosts = await Promise.all(all.map((name) => openContainer(name, () => {})));
  const clean =
    'rm -rf /etc/systemd/system/named.service.d /var/lib/confine && systemctl daemon-reload && systemctl restart named';
  await Promise.all(hosts.map((host) => on(host, clean)));
  return hosts;
}

/** Runs a command on a host that has to succeed. */
export async function on(host: Pick<MachineHandle, 'run'>, command: string): Promise<string> {
  const { code, stdout, stderr } = await host.run(command);
  if (code !== 0) throw new Error(`${command}: exit ${code}: ${stderr}`);
  return stdout.trim();
}

/** A hash of every path, kind, mode, owner and byte below a folder, or several. */
export const tree = (folder: string) =>
  `{ find ${folder} -printf '%p %y %m %U:%G %l\\n' 2>/dev/null | sort; find ${folder} -type f -exec sha256sum {} + 2>/dev/null | sort; } | sha256sum`;

const surfaced = [
  tree('/etc'),
  '{ [ ! -e /sys/kernel/security/apparmor/profiles ] || sort /sys/kernel/security/apparmor/profiles; }',
  '{ systemctl is-enabled named || true; }',
].join(' && ');

/** What undo promises to give back: files and links below /etc, enabled states, loaded profiles and modes. */
export const surfaces = (host: Pick<MachineHandle, 'run'>): Promise<string> => on(host, surfaced);

/**
 * All that "nothing changed" means: every byte, owner and mode below /etc and /var/lib/confine, and the
 * start of named.
 */
export const fingerprint = (host: Pick<MachineHandle, 'run'>): Promise<string> =>
  on(host, `${surfaced} && ${tree('/var/lib/confine')} && systemctl show -p InvocationID --value named`);

/** The label of the running named; empty where the kernel has none. */
export const label = (host: Pick<MachineHandle, 'run'>): Promise<string> =>
  on(host, 'cat /proc/$(systemctl show -p MainPID --value named)/attr/current 2>/dev/null || true');

/** The serial that a zone answers with; empty where it doesn't. */
export const serial = (host: Pick<MachineHandle, 'run'>, zone = 'example.test'): Promise<string> =>
  on(host, `dig +norec +short +time=2 +tries=1 @127.0.0.1 ${zone} SOA | awk '{ print $3 }'`);

const onMachine = (book: string) => [book, '-i', labInventory(), '-l', 'ns1'];

/** Applies a playbook to the lab's first machine, without asking. */
export const apply = (book: string, ...more: readonly string[]): Promise<Ran> =>
  confine(['apply', ...onMachine(book), '--yes', ...more]);

/** Plans it there; exit 10 where changes are pending. */
export const plan = (book: string, ...more: readonly string[]): Promise<Ran> =>
  confine(['plan', ...onMachine(book), '--detailed-exitcode', ...more]);

/** Takes back the newest transaction of a host by the engine's own undo, and gives its outcome. */
export const undoLast = (host: Pick<MachineHandle, 'run'>): Promise<string> =>
  on(
    host,
    'T=$(ls -d /var/lib/confine/transactions/* | tail -n 1); sh "$T/run.sh" undo "$T"; head -n 1 "$T/outcome"',
  );
