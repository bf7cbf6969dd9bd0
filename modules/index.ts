import type { z } from 'zod';
import type { ModuleDefinition } from '../src/module-api.ts';
import { apparmorExec } from './apparmor_exec/apparmor_exec.ts';
import { apparmorMode } from './apparmor_mode/apparmor_mode.ts';
import { apparmorOverride } from './apparmor_override/apparmor_override.ts';
import { auditd } from './auditd/auditd.ts';
import { firejail } from './firejail/firejail.ts';
import { packageModule } from './package/package.ts';
import { seccomp } from './seccomp/seccomp.ts';
import { service } from './service/service.ts';
import { systemdDropin } from './systemd_dropin/systemd_dropin.ts';
import { systemdSandbox } from './systemd_sandbox/systemd_sandbox.ts';

const shipped = [
  packageModule,
  auditd,
  apparmorOverride,
  apparmorMode,
  apparmorExec,
  systemdSandbox,
  systemdDropin,
  seccomp,
  firejail,
  service,
] as const;

/** The parameters of each module as a playbook writes them. */
export type ShippedParams = { [M in (typeof shipped)[number] as M['name']]: z.input<M['params']> };

/** Every module that ships, by the key that a task names it with. */
export const modules: ReadonlyMap<string, ModuleDefinition> = new Map(
  shipped.map((it) => [it.name, it as unknown as ModuleDefinition]),
);
