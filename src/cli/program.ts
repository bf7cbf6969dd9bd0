import { Command, Option } from 'commander';
import { pipelineKinds } from '../init/pipeline.ts';
import { defaultRelease, releases } from '../lab/releases.ts';
import { relaxable } from '../plan/relaxable.ts';
import { version } from '../version.ts';
import {
  bytes,
  diff,
  inColour,
  lockWait,
  many,
  modulePath,
  onHosts,
  onNamedHosts,
  onOutput,
  onPlaybooks,
  onVariables,
  reports,
  seconds,
} from './flags.ts';
import { withHelp } from './help.ts';
import type { CommonOptions, Limits, RolloutAction } from './options.ts';

type Run = (args: readonly string[], options: CommonOptions) => Promise<number>;

/** A command that says how to go on where it was called wrongly, and why where it failed. */
function strict(command: Command, run: Run): Command {
  return command.exitOverride().action(async () => {
    const args = command.processedArgs.flat().filter((it): it is string => typeof it === 'string');
    process.exitCode = await (await import('./run-command.ts')).runCommand(command, args, run);
  });
}

/** All commands of confine; each is loaded when it runs. */
export function program(): Command {
  const root = new Command('confine')
    .description('Puts BIND 9 name servers under confinement, over SSH, as one transaction a host.')
    .version(version)
    .exitOverride();
  const add = (command: Command, run: Run) => root.addCommand(strict(command, run));
  add(
    inColour(
      onPlaybooks(
        onHosts(
          new Command('check')
            .description(
              'check playbooks, unit files and cases of modules offline; with --host, what hosts keep from named',
            )
            .argument(
              '[file...]',
              'playbooks; *.conf, *.service and *.service.d are drop-ins and units; cases.yml are cases of a module',
            )
            .option(
              '--host <pattern>',
              'look at these hosts, as they are or as the playbooks will make them: what named.conf needs and they block',
            )
            .option('--json', 'one event a line as JSON on stdout')
            .addOption(reports()),
        ),
      ),
    ),
    async (args, options) => (await import('./check.ts')).check(args, options),
  );
  add(
    onOutput(
      onPlaybooks(
        onHosts(
          new Command('plan')
            .description('look at every host in one trip, and show what would change')
            .argument('<playbook...>')
            .addOption(diff())
            .option('--detailed-exitcode', 'exit 10 where changes are pending')
            .option('--out <file>', 'save the plan, for confine apply FILE')
            .option('--break-hold', 'plan to end what holds a host apart from its playbook')
            .addOption(reports()),
        ),
      ),
    ),
    async (args, options) => (await import('./plan.ts')).plan(args, options),
  );
  add(
    onOutput(
      onPlaybooks(
        onHosts(
          new Command('apply')
            .description('plan, confirm, change every host as one transaction, and prove it')
            .argument('<playbook|plan...>', 'playbooks, or one plan that confine plan --out saved')
            .option('-y, --yes', 'do not ask')
            .addOption(lockWait())
            .option('-C, --check', 'only show what would change, as plan does')
            .addOption(diff())
            .option('--no-baseline', 'go on where no zone answers before the change')
            .option('--break-hold', 'end what holds a host apart from its playbook')
            .addOption(reports()),
        ),
      ),
    ),
    async (args, options) => (await import('./apply.ts')).apply(args, options),
  );
  add(
    onOutput(
      onPlaybooks(
        onHosts(
          new Command('status')
            .description('what confines named on each host right now, from its process; -v shows all facts')
            .argument('[playbook...]', 'tell also where hosts differ from these')
            .addOption(reports()),
        ),
      ),
    ),
    async (args, options) => (await import('./status.ts')).status(args, options),
  );
  add(
    onOutput(
      onNamedHosts(
        new Command('undo')
          .description('take back all that confine did to hosts, to the bytes before it; packages stay')
          .argument('<host>', 'hosts, as --limit takes them')
          .option('--last', 'only the newest transaction of each host')
          .option('-y, --yes', 'do not ask')
          .addOption(lockWait()),
      ),
    ),
    async (args, options) => (await import('./undo.ts')).undo(args, options),
  );
  add(
    onNamedHosts(
      new Command('init')
        .description(
          'look at hosts, and write an inventory and a playbook that suit them; an example without',
        )
        .argument('[host...]', 'names or addresses; with -i a pattern, as --limit takes it')
        .option('--adopt', 'declare what stands there already, by Ansible say, and show where hosts differ')
        .option('--out <folder>', 'where to write them', '.')
        .addOption(
          new Option('--ci <kind>', 'write a pipeline for them; alone, nothing else').choices(pipelineKinds),
        )
        .option('--json', 'one event a line as JSON on stdout'),
    ),
    async (args, options) => (await import('./init.ts')).init(args, options),
  );
  add(
    onOutput(
      onNamedHosts(
        new Command('relax')
          .description('back out mechanisms on hosts for a time, as a hold that apply does not break')
          .argument('<host>', 'hosts, as --limit takes them')
          .addOption(many('--mechanism <name>', `one of ${relaxable.join(', ')}; may come several times`))
          .option('--all', 'all mechanisms')
          .option('--for <time>', 'the host puts it back by itself after so long: 30m, 2h, 3d', seconds)
          .option('--why <text>', 'for those who find it')
          .addOption(
            new Option('--end', 'put back now what was relaxed').conflicts([
              'mechanism',
              'all',
              'for',
              'why',
            ]),
          )
          .option('-y, --yes', 'do not ask')
          .addOption(lockWait())
          .option('--no-baseline', 'go on where no zone answers before the change'),
      ),
    ),
    async (args, options) => (await import('./relax.ts')).relax(args, options),
  );
  add(
    onOutput(
      onNamedHosts(
        new Command('audit')
          .description('have the kernel record what a profile allows too, for a time, as a hold')
          .argument('<host>', 'hosts, as --limit takes them')
          .option('--profile <name>', 'the profile, by the kernel’s name of it', 'named')
          .addOption(
            new Option('--for <time>', 'the host ends it by itself after so long, 2h at most')
              .argParser(seconds)
              .default(600, '10m'),
          )
          .addOption(
            new Option('--bytes <size>', 'or earlier, once so much was recorded: 500K, 20M, 1G')
              .argParser(bytes)
              .default(20 * 1024 ** 2, '20M'),
          )
          .option('--why <text>', 'for those who find it')
          .addOption(new Option('--end', 'end it now').conflicts(['profile', 'for', 'bytes', 'why']))
          .option('-y, --yes', 'do not ask')
          .addOption(lockWait()),
      ),
    ),
    async (args, options) => (await import('./audit.ts')).audit(args, options as CommonOptions & Limits),
  );
  const rollout = new Command('rollout')
    .description('take hosts from complain to enforce, wave by wave, on evidence')
    .exitOverride();
  const addRollout = (name: RolloutAction, description: string, asks: boolean) => {
    const command = onOutput(
      onPlaybooks(onHosts(new Command(name).description(description).argument('<playbook...>'))),
    ).addOption(reports());
    if (asks) command.option('-y, --yes', 'do not ask').addOption(lockWait());
    rollout.addCommand(
      strict(command, async (args, options) => (await import('./rollout.ts')).rollout(name, args, options)),
    );
  };
  addRollout(
    'start',
    'begin with the first wave; go on with one that was paused, went back or is blocked',
    true,
  );
  addRollout('status', 'where it stands: waves, what blocks, what is due when; changes nothing', false);
  addRollout('advance', 'look at all hosts, and move those that are due; for a schedule', true);
  addRollout('pause', 'move no host until start', true);
  addRollout('abort', 'take it back where it is not done, to the bytes before; what is done stays', true);
  root.addCommand(rollout);
  add(
    onOutput(
      onPlaybooks(
        onHosts(
          new Command('denials')
            .description('what was denied over the fleet, or in a log, and the least rules that allow it')
            .argument('[playbook...]', 'with --propose: where the rules are written')
            .option('--since <when>', 'so long ago, or a date: 2h, 3d, 2026-11-20')
            .option(
              '--profile <name>',
              'the profile, by the kernel’s name of it; of hosts named, of a log all',
            )
            .option('--from <file>', 'read a log that somebody sent, - for standard input, and ask no host')
            .option('--propose', 'the least rules for it, into the playbooks’ overrides, or printed')
            .option(
              '--from-profile <host>',
              'with --propose: what was added to the packaged profile there, as overrides',
            )
            .option('-C, --check', 'with --propose: show the difference, and write nothing')
            .option('--detailed-exitcode', 'with --propose: exit 10 where there are rules'),
        ),
      ),
    ),
    async (args, options) => (await import('./denials.ts')).denials(args, options),
  );
  add(
    onVariables(
      new Command('inventory')
        .description('show an inventory as confine reads it')
        .option('-l, --limit <pattern>', 'only hosts that match')
        .option('--list', 'everything, as JSON, as ansible-inventory prints it')
        .option('--host <name>', 'the variables of one host, as JSON')
        .option('--graph', 'groups and hosts as a tree'),
    ),
    async (_, options) => (await import('./inventory.ts')).inventory(options),
  );
  add(
    new Command('schema')
      .description('print a JSON Schema: for editors, or of what --json prints')
      .argument('<playbook|inventory|events>')
      .addOption(modulePath()),
    async (args, options) => (await import('./schema.ts')).schema(args, options),
  );
  add(
    onVariables(
      new Command('explain')
        .description('explain a rule, what is known of two mechanisms, or where a variable comes from')
        .argument('<conflict|unit|var>', 'rules about conflicts or units; a variable of a host')
        .argument('[name...]', 'a rule or two mechanisms; of var, the host and the variable'),
    ),
    async (args, options) => (await import('./explain.ts')).explain(args, options),
  );
  add(
    new Command('completion')
      .description('print what a shell needs to complete commands, hosts, groups and tags')
      .argument('<bash|zsh|fish>'),
    async (args) => (await import('./completion.ts')).completion(args),
  );
  const lab = new Command('lab').description('throwaway hosts to try a playbook on').exitOverride();
  const addLab = (command: Command) =>
    lab.addCommand(
      strict(command, async (args) => (await import('./lab.ts')).lab(command.name(), args, command.opts())),
    );
  addLab(
    new Command('up')
      .description('boot hosts, and write an inventory and a known_hosts for them')
      .option('--machines <n>', 'QEMU machines with AppArmor')
      .option('--containers <n>', 'systemd-nspawn containers, for fleets')
      .addOption(new Option('--release <name>', 'their Debian').choices(releases).default(defaultRelease)),
  );
  addLab(new Command('list').description('the hosts that run'));
  addLab(new Command('ssh').description('log in').argument('<name>').argument('[command...]'));
  addLab(new Command('down').description('end hosts, all or by name').argument('[name...]'));
  root.addCommand(lab);
  return withHelp(root);
}
