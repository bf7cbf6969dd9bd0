import { chmodSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { shQuote } from '../../../src/quote.ts';
import { main } from '../../support/confine.ts';
import { tmpFolder } from '../../support/sshd.ts';
import { atTerminal, type AtTerminal } from '../../support/tmux.ts';

const patient = { timeout: 20_000 };

/** A shell with nothing of its user, and how it loads the completion. */
const shells: readonly (readonly [string, readonly string[], string])[] = [
  ['bash', ['bash', '--norc', '--noprofile', '-i'], `PS1='$ '; eval "$(confine completion bash)"`],
  [
    'zsh',
    ['zsh', '-f', '-i'],
    `PS1='$ '; bindkey -e; autoload -Uz compinit; compinit -u -D; source <(confine completion zsh)`,
  ],
  [
    'fish',
    ['fish', '--no-config', '-i'],
    `function fish_prompt; echo '$ '; end; confine completion fish | source`,
  ],
];

const hosts = '-i inventory/example.yml';

/** What is typed before the tab, and what stands there behind it. */
const lines: readonly (readonly [string, string])[] = [
  ['confine roll', 'confine rollout'],
  ['confine rollout adv', 'confine rollout advance'],
  ['confine plan --detailed', 'confine plan --detailed-exitcode'],
  ['confine check playbooks/harden-b', 'confine check playbooks/harden-bind.yml'],
  [`confine status ${hosts} -l ns1`, `confine status ${hosts} -l ns1.example.org`],
  [`confine status ${hosts} --limit=ns1`, `confine status ${hosts} --limit=ns1.example.org`],
  [`confine status ${hosts} -l primaries,ns4`, `confine status ${hosts} -l primaries,ns4.example.org`],
  [`confine undo ${hosts} nameservers:prim`, `confine undo ${hosts} nameservers:primaries`],
  ['confine plan playbooks/harden-bind.yml -t mo', 'confine plan playbooks/harden-bind.yml -t mode'],
];

describe.each(shells)('%s', (_, shell, load) => {
  let terminal: AtTerminal;
  beforeAll(async () => {
    const folder = tmpFolder('bin');
    const command = join(folder, 'confine');
    writeFileSync(command, `#!/bin/sh\nexec ${shQuote(process.execPath)} ${shQuote(resolve(main))} "$@"\n`);
    chmodSync(command, 0o755);
    terminal = atTerminal(shell, { PATH: `${folder}:${process.env['PATH']}`, HOME: folder });
    terminal.resize(120, 40);
    terminal.keys('-l', `${load}; echo rea''dy`);
    terminal.keys('Enter');
    await vi.waitUntil(() => /^ready$/m.test(terminal.screen()), patient);
  });
  afterAll(() => terminal.close());

  it.each(lines)('%s is completed', async (typed, completed) => {
    terminal.keys('C-l');
    terminal.keys('-l', typed);
    await expect.poll(terminal.screen, patient).toContain(typed);
    terminal.keys('Tab');
    await expect.poll(terminal.screen, patient).toContain(completed);
    terminal.keys('C-u');
    await expect.poll(terminal.screen, patient).not.toContain(typed);
  });

  it('offers what there is, where it is not decided', async () => {
    terminal.keys('C-l');
    terminal.keys('-l', `confine status ${hosts} -l `);
    terminal.keys('Tab', 'Tab');
    for (const it of ['nameservers', 'secondaries', 'ns2.example.org', 'ns4.example.org'])
      await expect.poll(terminal.screen, patient).toContain(it);
  });
});
