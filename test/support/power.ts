import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { MachineHandle } from '../../src/lab/hosts.ts';
import type { LayeredDisk } from '../../src/lab/machine.ts';
import { sleep } from '../../src/lab/run.ts';
import type { Running } from './confine.ts';
import { on } from './lab.ts';
import { seeded } from './seeded.ts';
import { shell } from './shell.ts';

/** An instant at which the plug was pulled. */
export interface Pull {
  /** Seconds since the run began. */
  readonly at: number;
  /** The last step that the controller had been told of. */
  readonly step: string;
  /** What the disk held then. */
  readonly disk: string;
}

/** Steps of a run of `confine … --json`, as they have come so far. */
export const stepsOf = (said: string): readonly string[] =>
  said
    .split('\n')
    .slice(0, -1)
    .filter((line) => line.startsWith('{"event":"host-progress"'))
    .map((line) => {
      const { step, detail } = JSON.parse(line) as { readonly step: string; readonly detail: string };
      return step === 'phase' ? detail : step;
    });

/** When to pull: after pauses of a fixed seed, up to so many seconds each, and on for some seconds behind the end. */
export interface Pulls {
  readonly seed: number;
  readonly pause: number;
  readonly behind: number;
}

/**
 * Pulls the plug again and again in one run: at every step as soon as it is told, and after pauses between them.
 * Each time the disk is kept as SIGKILL of qemu would leave it, and the run goes on.
 */
export async function pullsDuring(
  host: MachineHandle,
  live: LayeredDisk,
  running: Running,
  folder: string,
  { seed, pause, behind }: Pulls,
): Promise<readonly Pull[]> {
  const random = seeded(seed);
  const began = performance.now();
  const pulls: Pull[] = [];
  let ended = Infinity;
  void running.ended.then(() => (ended = performance.now()));
  for (let seen = 0; performance.now() < ended + behind * 1000;) {
    // A step may be over in an instant: its first pulls come as fast as can be, those of a long one at its pace.
    const step = stepsOf(running.said()).at(-1) ?? 'none';
    const closely = step !== 'none' && pulls.filter((it) => it.step === step).length < 6;
    const most = ended < Infinity ? 0.5 : closely ? pause / 100 : pause;
    const next = performance.now() + random() * most * 1000;
    while (performance.now() < next && stepsOf(running.said()).length === seen) await sleep(0.005);
    const steps = stepsOf(running.said());
    seen = steps.length;
    const disk = join(folder, `pull-${seed}-${pulls.length}.qcow2`);
    const at = (performance.now() - began) / 1000;
    await host.copyDisk(live, disk);
    pulls.push({ at, step: steps.at(-1) ?? 'none', disk });
  }
  return pulls;
}

/** What ext4 would otherwise do by itself for a file that is renamed over another: bring its bytes to the disk first. */
const noHelp = 'noauto_da_alloc';

/**
 * Has a machine ready for its plug to be pulled: all of its image on the disk, and what comes from now on at risk.
 * The kernel writes no bytes of a file by itself, while names of files go to the disk every five seconds.
 */
export async function exposed(host: MachineHandle, layer: string): Promise<LayeredDisk> {
  // It may run from another disk.
  await host.powerOff();
  await host.reset();
  await on(
    host,
    `mount -o remount,${noHelp} / && sync && sysctl -q vm.dirty_writeback_centisecs=0 vm.dirty_expire_centisecs=360000`,
  );
  return host.layerDisk(layer);
}

/** A disk behind the recovery at boot. */
export interface Recovered {
  /** Of the journal, as the pull has left it; `none` before there was one. */
  readonly phase: string;
  readonly outcome: string;
  /** Whether a boot would have run the recovery. */
  readonly armed: boolean;
  /** Every managed node, and a hash over all of /etc. */
  readonly state: string;
  /** What nobody wants to find: leftovers, torn files of the journal, complaints of the recovery. */
  readonly left: readonly string[];
}

/** Looks at a disk as pull or copyDisk left it, and at what the recovery at boot makes of a copy. */
export function recovered(disk: string, folder: string, nodes: readonly string[]): Recovered {
  const said = shell('unshare', ['--mount', 'sh', 'test/support/disk.sh', disk, folder, ...nodes]).split(
    '\n',
  );
  const of = (word: string) =>
    said.filter((it) => it.startsWith(`${word} `)).map((it) => it.slice(word.length + 1));
  return {
    phase: of('phase').join(),
    outcome: of('outcome').join() || 'none',
    armed: said.includes('armed'),
    state: said.filter((it) => /^(node|etc) /.test(it)).join('\n'),
    left: [...of('left'), ...of('says')],
  };
}

const lived = `
pid=$(systemctl show -p MainPID --value named)
echo "label $(cat /proc/$pid/attr/current)"
grep '^NoNewPrivs' /proc/$pid/status
ss -Hlntup | awk -v pid="pid=$pid," 'index($0, pid) { print "listens", $1, $5 }' | sort -u
for zone in example.test good.test; do echo "$zone $(dig +norec +short +time=2 +tries=1 @127.0.0.1 $zone SOA)"; done
for it in /sys/kernel/security/apparmor/policy/profiles/named.*; do echo "profile $(cat $it/mode) $(cat $it/sha1)"; done
echo "named is $(systemctl is-enabled named), $(systemctl show -p NeedDaemonReload --value named)"
`;

/** How named lives: label, NoNewPrivs, sockets, zones, the policy in the kernel, and what systemd knows of its unit. */
export const life = (host: MachineHandle): Promise<string> => on(host, lived);

/** Boots what a pull has left, and looks how named lives. */
export async function lifeAfter(host: MachineHandle, disk: string): Promise<string> {
  await host.powerOff();
  await host.boot({ disk, kernelArgs: [`rootflags=${noHelp}`] });
  await rm(disk);
  return life(host);
}
