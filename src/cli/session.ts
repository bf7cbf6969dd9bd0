import { userInfo, hostname } from 'node:os';
import { dirname } from 'node:path';
import { modules } from '../../modules/index.ts';
import type { Request } from '../apply/session.ts';
import { UsageError, type ExitCode } from '../errors.ts';
import type { Emit, Event, HostOutcome } from '../events.ts';
import { exitCode } from '../fleet/exit.ts';
import type { Fleet } from '../fleet/run.ts';
import { loadInventory } from '../inventory/load.ts';
import type { Inventory } from '../inventory/types.ts';
import { rejectConflicts } from '../plan/offline.ts';
import { compile } from '../playbook/compile.ts';
import type { HostTasks } from '../playbook/types.ts';
import { ndjson } from '../report/ndjson.ts';
import { palette } from '../report/palette.ts';
import { terminalRenderer } from '../report/terminal.ts';
import { createTransport, type Transport } from '../transport/index.ts';
import { createTargets } from '../transport/targets.ts';
import { Secret } from '../transport/transport.ts';
import { version } from '../version.ts';
import { gitCommit } from './git.ts';
import { colours, type CommonOptions } from './options.ts';

/** The inventory that `-i` names. */
export function inventoryOf(options: CommonOptions): Inventory {
  const sources = options.inventory ?? [];
  if (sources.length === 0)
    throw new UsageError(
      'no inventory: say which hosts',
      'add -i inventory/lab.yml, or -i "ns1.example.org,"',
    );
  const inventory = loadInventory(sources);
  for (const it of inventory.warnings)
    process.stderr.write(`warning: ${it.at.file}:${it.at.line}:${it.at.col}: ${it.message}\n`);
  return inventory;
}

/** The tasks of every host that playbooks, inventory and `--limit` name, checked for conflicts. */
export async function compileFor(
  playbooks: readonly string[],
  options: CommonOptions,
): Promise<readonly HostTasks[]> {
  const hosts = await compile({
    playbooks,
    inventory: inventoryOf(options),
    modules,
    ...(options.limit === undefined ? {} : { limit: options.limit }),
    ...(options.tags === undefined ? {} : { tags: options.tags }),
    ...(options.skipTags === undefined ? {} : { skipTags: options.skipTags }),
    ...(options.extraVars === undefined ? {} : { extraVars: options.extraVars }),
  });
  rejectConflicts(hosts, modules);
  return hosts;
}

/** Writes events for a person, or as JSON. */
export function emitter(options: CommonOptions): Emit {
  if (options.json) return (event) => process.stdout.write(`${ndjson(event)}\n`);
  const render = terminalRenderer(
    {
      out: (text) => process.stdout.write(`${text}\n`),
      err: (text) => process.stderr.write(`${text}\n`),
    },
    palette(colours(options.color, process.stdout)),
    (options.verbose ?? 0) > 0,
  );
  return (event: Event) => render(event);
}

/** Opens what a run over hosts needs; the password of sudo is asked once, before any host is touched. */
export async function openFleet(
  options: CommonOptions,
  emit: Emit,
): Promise<Fleet & { readonly transport: Transport }> {
  const password = options.askBecomePass
    ? new Secret(await (await import('./ask.ts')).askSecret('BECOME password: '))
    : undefined;
  return {
    transport: createTransport(),
    targets: createTargets({
      noSshConfig: options.sshConfig === false,
      overrides: {
        ...(options.user === undefined ? {} : { user: options.user }),
        ...(options.privateKey === undefined ? {} : { privateKey: options.privateKey }),
        ...(options.become === undefined ? {} : { become: options.become }),
        ...(password === undefined ? {} : { becomePassword: password }),
      },
    }),
    folder: dirname(options.inventory?.[0] ?? '.'),
    modules,
    forks: options.forks ?? 20,
    allowUntested: options.allowUntested ?? false,
    emit,
  };
}

/** Runs a command between its first and its last event, and closes every connection behind it. */
export async function running(
  command: string,
  hosts: readonly { readonly host: string }[],
  options: CommonOptions,
  body: (fleet: Fleet) => Promise<readonly HostOutcome[]>,
): Promise<ExitCode> {
  const started = performance.now();
  const emit = emitter(options);
  const fleet = await openFleet(options, emit);
  emit({
    event: 'run-started',
    schemaVersion: 1,
    command,
    version,
    commit: gitCommit(),
    hosts: hosts.map((it) => it.host),
  });
  try {
    const exit = exitCode(await body(fleet), options.detailedExitcode ?? false);
    emit({ event: 'run-ended', exit, seconds: (performance.now() - started) / 1000 });
    return exit;
  } finally {
    await fleet.transport.dispose();
  }
}

/** Who asks, for the lock's message and the outcome that the host keeps. */
export const requestOf = (options: CommonOptions): Request => ({
  who: `${userInfo().username}@${hostname()}`,
  commit: gitCommit(),
  version,
  baseline: options.baseline === false ? 'waived' : 'required',
  deadline: 600,
});

/** For commands whose data is no run over hosts: only warnings, on stderr. */
export const warnings: Emit = (event) => {
  if (event.event === 'warning')
    process.stderr.write(`warning: ${event.host === undefined ? '' : `${event.host}: `}${event.message}\n`);
};
