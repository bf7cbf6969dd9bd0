import type { Accelerator } from './accelerator.ts';
import type { Image } from './image.ts';

/** The guest's own address on qemu's user network, which reaches nothing but this machine's forward. */
export const guestNetwork = { device: 'eth0', address: '10.0.2.15', gateway: '10.0.2.2' } as const;

/** What of qemu's command line a saved state depends on, besides the image. */
export const hardware = {
  machine: 'q35',
  cpus: 2,
  memory: 768,
  cpu: {
    // Without virtualization of its own: the guest has no use for it, and states are saved more safely.
    kvm: 'host,vmx=off,svm=off',
    // Four levels of page tables are quicker to emulate than five. Never svm=off here: without svm, qemu 7.2
    // hides the address sizes from a guest that may use 57 bits, and its kernel then reads every path as "xxx".
    tcg: 'max,la57=off',
  },
} as const;

/** One start of a machine. */
export interface QemuStart {
  readonly image: Image;
  readonly name: string;
  readonly accelerator: Accelerator;
  readonly machineId: string;
  /** The machine's own disk, on top of the image's. */
  readonly disk: string;
  /** The tar of the machine's identity. */
  readonly drive: string;
  readonly sshPort: number;
  readonly monitor: string;
  readonly console: string;
  /** The saved state to wake up in; a boot from the disk without. */
  readonly load: string | undefined;
  /** More of the kernel's command line, like rootflags. */
  readonly kernelArgs: readonly string[];
}

/** The command line of one start. */
export function qemuArgs(start: QemuStart): string[] {
  const kernel = [
    'root=/dev/vda rw console=ttyS0 net.ifnames=0 quiet audit=1 panic=-1',
    `systemd.hostname=${start.name}`,
    `systemd.machine_id=${start.machineId}`,
    ...start.kernelArgs,
  ];
  const accelerator = start.accelerator === 'kvm' ? 'kvm' : 'tcg,thread=multi';
  return [
    ['qemu-system-x86_64'],
    ['-name', `confine-lab-${start.name}`],
    ['-machine', hardware.machine],
    ['-accel', accelerator, '-cpu', hardware.cpu[start.accelerator]],
    ['-smp', String(hardware.cpus), '-m', String(hardware.memory)],
    ['-kernel', start.image.kernel, '-initrd', start.image.initrd, '-append', kernel.join(' ')],
    ['-drive', `file=${escape(start.disk)},if=virtio,format=qcow2`],
    ['-drive', `file=${escape(start.drive)},if=virtio,format=raw,readonly=on`],
    ['-netdev', `user,id=n0,restrict=on,hostfwd=tcp:127.0.0.1:${start.sshPort}-:22`],
    ['-device', 'virtio-net-pci,netdev=n0'],
    ['-device', 'virtio-rng-pci'],
    ['-display', 'none', '-serial', `file:${start.console}`, '-monitor', 'none'],
    ['-qmp', `unix:${escape(start.monitor)},server=on,wait=off`],
    start.load === undefined ? [] : ['-loadvm', start.load],
  ].flat();
}

/** A comma in a value is written twice. */
function escape(value: string): string {
  return value.replaceAll(',', ',,');
}
