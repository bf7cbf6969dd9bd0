#!/usr/bin/env node
import { CommanderError, type Command } from 'commander';
import { Exit } from '../errors.ts';
import { asOption } from './help.ts';
import { redactOutput } from './redact.ts';
import { program } from './program.ts';

/** Says below a wrong call where the right one is shown. */
function pointToHelp(command: Command, path: string): Command {
  command.showHelpAfterError(`  = see ${path} --help`);
  for (const it of command.commands) pointToHelp(it, `${path} ${it.name()}`);
  return command;
}

redactOutput(process.stdout);
redactOutput(process.stderr);
// Node itself would print it past the streams.
process.on('uncaughtException', (error) => {
  process.stderr.write(`confine failed: ${error.stack ?? error.message}\n`);
  process.exit(Exit.internal);
});

/** Why output was lost, other than by a reader that went away. */
let lost: Error | undefined;

// What is under way on hosts goes on, whoever listens: a reader that has seen enough (head, a closed pager)
// is no failure, and a full disk is told at the end.
for (const stream of [process.stdout, process.stderr])
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE' && error.code !== 'ERR_STREAM_DESTROYED') lost ??= error;
  });

try {
  // What a shell asks at every press of a key; whatever its words are, none is an option of this call.
  if (process.argv[2] === 'complete') {
    const { candidates, candidatesText } = await import('./complete.ts');
    process.stdout.write(candidatesText(candidates(program(), process.argv.slice(3))));
  } else if (process.argv.length === 2) {
    const { firstSteps, lookAround } = await import('./first.ts');
    process.stderr.write(`${firstSteps(lookAround())}\n`);
    process.exitCode = Exit.usage;
  } else
    await pointToHelp(program(), 'confine').parseAsync(asOption(process.argv.slice(2)), { from: 'user' });
} catch (error) {
  if (!(error instanceof CommanderError)) throw error;
  process.exitCode = error.exitCode === 0 ? Exit.ok : Exit.usage;
}

process.on('exit', () => {
  if (lost === undefined) return;
  process.stderr.write(`error: the output could not be written: ${lost.message}\n`);
  process.exitCode = Exit.internal;
});
