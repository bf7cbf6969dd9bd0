import { constants } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LabError } from './errors.ts';
import { type EmitLabEvent, timed } from './events.ts';
import type { Image } from './image.ts';
import type { LabPaths } from './paths.ts';
import { end, identify } from './process.ts';
import { hardware } from './qemu.ts';
import { hashOf } from './recipe.ts';
import { replaceFile } from './registry.ts';
import { run, spawnDetached, until } from './run.ts';
import { canAccess } from './tools.ts';

/** How qemu runs a guest: in hardware, or emulated. */
export type Accelerator = 'kvm' | 'tcg';

/** A CPU's line of /proc/cpuinfo says what it can; a guest's CPU may have kvm without it, and then slowly. */
export function cpuCanVirtualize(cpuinfo: string): boolean {
  const flags = /^flags\s*:(.*)$/m.exec(cpuinfo)?.[1]?.trim().split(/\s+/) ?? [];
  return flags.includes('vmx') || flags.includes('svm');
}

/** The CPU's model, which a state saved under kvm depends on. */
export function cpuModel(cpuinfo: string): string {
  return /^model name\s*:\s*(.*)$/m.exec(cpuinfo)?.[1] ?? 'unknown';
}

/** The machine's CPU and qemu, as far as saved states depend on them. */
export async function readMachineKind(): Promise<{ readonly cpuinfo: string; readonly qemu: string }> {
  const cpuinfo = await readFile('/proc/cpuinfo', 'utf8');
  const qemu = (await run(['qemu-system-x86_64', '--version'])).split('\n')[0] ?? '';
  return { cpuinfo, qemu };
}

/**
 * Decides between kvm and tcg. That /dev/kvm opens says little inside a virtual machine, so a kernel is booted
 * once, and the answer kept. CONFINE_LAB_ACCEL overrides it.
 */
export async function chooseAccelerator(
  paths: LabPaths,
  image: Image,
  emit: EmitLabEvent,
): Promise<Accelerator> {
  const wish = process.env['CONFINE_LAB_ACCEL'];
  if (wish === 'kvm' || wish === 'tcg') return wish;
  if (wish) throw new LabError(`CONFINE_LAB_ACCEL is "${wish}"`, 'Set it to kvm or tcg, or not at all.');

  const { cpuinfo, qemu } = await readMachineKind();
  if (!cpuCanVirtualize(cpuinfo) || !(await canAccess('/dev/kvm', constants.R_OK | constants.W_OK)))
    return 'tcg';
  const key = hashOf([cpuModel(cpuinfo), qemu]);
  const answers = join(paths.cache, `accelerator-${key}`);
  const known = (await readFile(answers, 'utf8').catch(() => '')).trim();
  if (known === 'kvm' || known === 'tcg') return known;
  return timed(emit, 'accelerator', undefined, 'whether kvm really boots a guest', async () => {
    const answer = (await kvmBoots(image)) ? 'kvm' : 'tcg';
    await replaceFile(answers, `${answer}\n`);
    return answer;
  });
}

/** Boots the image's kernel, without a disk, to its first line on the console. */
async function kvmBoots(image: Image): Promise<boolean> {
  const folder = await mkdtemp(join(tmpdir(), 'confine-lab-'));
  const console = join(folder, 'console');
  const qemu = await spawnDetached(
    [
      ['qemu-system-x86_64'],
      ['-machine', hardware.machine, '-accel', 'kvm', '-cpu', hardware.cpu.kvm, '-m', '512', '-no-reboot'],
      ['-kernel', image.kernel, '-append', 'console=ttyS0 panic=-1'],
      ['-display', 'none', '-monitor', 'none', '-serial', `file:${console}`],
    ].flat(),
    join(folder, 'log'),
    { dieWithUs: true },
  );
  const id = await identify(qemu.pid);
  try {
    return await until(6, async () =>
      (await readFile(console, 'utf8').catch(() => '')).includes('Linux version'),
    );
  } finally {
    if (id) await end(id, 'SIGKILL');
    await rm(folder, { recursive: true });
  }
}
