import { InvalidArgumentError, Option, type Command } from 'commander';
import { spanSeconds } from '../span.ts';

const collect = (it: string, all: readonly string[] = []): readonly string[] => [...all, it];

export const many = (flags: string, text: string) => new Option(flags, text).argParser(collect);

const count = (_: string, n: number): number => n + 1;

const whole =
  (wanted: string) =>
  (text: string): number => {
    if (!/^[1-9]\d{0,5}$/.test(text)) throw new InvalidArgumentError(wanted);
    return Number(text);
  };

const forks = whole('--forks takes a whole number from 1.');

export function seconds(text: string): number {
  const span = spanSeconds(text, 'smhd');
  if (span === undefined) throw new InvalidArgumentError('--for takes a time like 30m, 2h or 3d.');
  return span;
}

const byteUnits: Readonly<Record<string, number>> = { K: 1024, M: 1024 ** 2, G: 1024 ** 3 };

export function bytes(text: string): number {
  const [, n = '', unit = ''] = /^([1-9]\d{0,5})([A-Z])$/.exec(text) ?? [];
  const size = byteUnits[unit];
  if (size === undefined) throw new InvalidArgumentError('--bytes takes a size like 500K, 20M or 1G.');
  return Number(n) * size;
}

/** For commands whose runs tell something that stays worth reading. */
export const reports = () =>
  many(
    '--report <kind=file>',
    'also write junit, sarif, gitlab, html, markdown or prometheus=FILE, or tell github; may come several times',
  );

/** For commands that change hosts. */
export const lockWait = () =>
  new Option('--lock-wait <seconds>', 'wait so long for hosts that another run is changing').argParser(
    whole('--lock-wait takes whole seconds, from 1.'),
  );

const inventories = () =>
  many(
    '-i, --inventory <path>',
    'inventory file, program or folder, or "host,host,"; may come several times',
  );

const extraVars = () => many('-e, --extra-vars <vars>', 'variables as k=v, as JSON, or from @FILE');

/** Flags are spelled as Ansible spells them where it has them. */
export function onHosts(command: Command): Command {
  return onNamedHosts(command).option(
    '-l, --limit <pattern>',
    'only hosts that match: names, groups, globs, "a:&b", "!c", or @FILE',
  );
}

/** The same for commands that name their hosts as arguments, where --limit would be a second way to do so. */
export function onNamedHosts(command: Command): Command {
  return command
    .addOption(inventories())
    .option('-f, --forks <n>', 'hosts at once', forks, 20)
    .option('-u, --user <name>', 'user to log in as')
    .option('--private-key <path>', 'key to log in with')
    .option('-b, --become', 'become root by sudo')
    .option('-K, --ask-become-pass', 'ask once for the password of sudo')
    .option('--no-ssh-config', 'do not read ~/.ssh/config')
    .option('--allow-untested', 'go on with hosts that confine is not tested on');
}

/** Modules of one's own are code: naming their folder is the statement that it is trusted. */
export const modulePath = () =>
  many(
    '-M, --module-path <folder>',
    'trust the modules (TypeScript) in this folder, and run them on this machine',
  );

export function onPlaybooks(command: Command): Command {
  return command
    .addOption(modulePath())
    .addOption(many('-t, --tags <tags>', 'only tasks with one of these tags'))
    .addOption(many('--skip-tags <tags>', 'no tasks with one of these tags'))
    .addOption(extraVars());
}

/** Ansible's flag for what confine does anyway: who has it in the fingers or in a script is not told it is unknown. */
export const diff = () =>
  new Option('-D, --diff', 'as for Ansible; differences are always shown, so it changes nothing');

/** For commands that show what an inventory says. */
export function onVariables(command: Command): Command {
  return command
    .addOption(inventories())
    .addOption(extraVars())
    .option('--playbook-dir <folder>', 'read group_vars/ and host_vars/ there, too');
}

export function inColour(command: Command): Command {
  return command.addOption(
    new Option('--color <when>', 'colours').choices(['auto', 'always', 'never']).default('auto'),
  );
}

export function onOutput(command: Command): Command {
  return inColour(command)
    .option('--json', 'one event a line as JSON on stdout')
    .addOption(
      new Option('-v, --verbose', 'each task and host apart, with times, steps and the way to each host')
        .argParser(count)
        .default(0),
    )
    .addOption(new Option('-q, --quiet', 'only failures, the summary and data').conflicts('verbose'));
}
