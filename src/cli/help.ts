import type { Command } from 'commander';
import { exitMeanings } from '../report/exit-codes.ts';
import { nearest } from '../yaml/suggest.ts';
import { examples, examplesText } from './examples.ts';

const exitCodes = `Exit codes: ${exitMeanings.map(([code, means]) => `${code} ${means}`).join(', ')}.`
  .replaceAll(/(.{1,105})(?: |$)/g, '$1\n')
  .trimEnd();

const firstSteps =
  'First steps: confine lab up --machines 1, then confine init -i INVENTORY writes a playbook that suits its hosts';

/** Gives all commands the ends of their help, and says of what is no command that it is none. */
export function withHelp(root: Command): Command {
  root.addHelpText('after', `\n${exitCodes}\n\n${firstSteps}`);
  rejectOthers(root);
  for (const it of root.commands) withExamples(it, it.name());
  return root;
}

/** Examples are the end of every help. */
function withExamples(command: Command, path: string): void {
  const own = examples[path];
  if (own) command.addHelpText('after', examplesText(own));
  rejectOthers(command);
  for (const it of command.commands) withExamples(it, `${path} ${it.name()}`);
}

/** The help of a command that is none would be that of all, as if the call were right. */
function rejectOthers(command: Command): void {
  const names = command.commands.map((it) => it.name());
  if (names.length === 0) return;
  command.addHelpText('before', () => {
    const [word = '-'] = command.args.filter((it, i) => i > 0 || it !== 'help');
    if (word.startsWith('-') || names.includes(word)) return '';
    const near = nearest(word, names);
    return command.error(
      `error: unknown command '${word}'${near === undefined ? '' : `\n(Did you mean ${near}?)`}`,
    );
  });
}

/** `help rollout start` is `rollout start --help`. */
export const asOption = (args: readonly string[]): readonly string[] =>
  args[0] === 'help' ? [...args.slice(1), '--help'] : args;
