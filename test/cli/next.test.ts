import { describe, expect, it } from 'vitest';
import { nextCommand, type Over } from '../../src/cli/next.ts';
import type { CommonOptions } from '../../src/cli/options.ts';
import type { HostOutcome } from '../../src/events.ts';

const inSync: HostOutcome = { is: 'in-sync' };
const pending: HostOutcome = { is: 'pending' };
const committed: HostOutcome = { is: 'committed' };
const locked: HostOutcome = { is: 'locked', reason: 'me' };
const undone: HostOutcome = { is: 'undone', reason: '', log: [] };
const refused: HostOutcome = { is: 'refused', reason: '', hint: undefined };

const next = (over: Partial<Over> & Pick<Over, 'command' | 'outcomes'>, options: CommonOptions = {}) =>
  nextCommand(
    { args: ['site.yml'], resume: undefined, saved: undefined, ...over },
    { inventory: ['inv'], ...options },
  );

describe('the command that comes next', () => {
  it.each<[string, readonly HostOutcome[], string | undefined]>([
    ['plan', [inSync, pending, refused], 'confine apply site.yml -i inv'],
    ['plan', [inSync, inSync], 'confine status -i inv'],
    ['plan', [pending, { is: 'untouched', because: 'interrupted' }], 'confine plan site.yml -i inv'],
    ['plan', [refused], undefined],
    ['plan', [], undefined],
    ['apply', [inSync, committed], 'confine status -i inv'],
    ['apply', [pending], undefined],
    ['apply', [locked], 'confine apply site.yml -i inv --lock-wait 300'],
    ['apply', [undone, inSync], 'confine status -i inv'],
    ['undo', [{ is: 'restored' }], 'confine status -i inv'],
    ['audit', [committed], 'confine denials -i inv'],
    ['status', [inSync, pending], 'confine plan site.yml -i inv'],
    ['status', [inSync, undone], undefined],
    ['rollout advance', [committed], undefined],
  ])('behind %s that ended %j is %s', (command, outcomes, line) => {
    expect(next({ command, outcomes })).toBe(line);
  });

  it('goes on with what is left, before all else', () => {
    expect(next({ command: 'apply', outcomes: [undone, committed], resume: 'confine apply …' })).toBe(
      'confine apply …',
    );
  });

  it('keeps what says which hosts and tasks, for a shell, and no secret', () => {
    const options: CommonOptions = {
      inventory: ['my hosts.yml', 'ns9,'],
      limit: 'dns:!ns3',
      forks: 50,
      user: 'ops',
      privateKey: '~/.ssh/ops',
      become: true,
      askBecomePass: true,
      sshConfig: false,
      allowUntested: true,
      tags: ['mode'],
      skipTags: ['slow'],
      extraVars: ['zone=$HOME', 'db_password=x'],
      breakHold: true,
      modulePath: ['modules', 'my modules'],
      json: true,
      verbose: 2,
      detailedExitcode: true,
    };
    const ways =
      "-i 'my hosts.yml' -i ns9, -l 'dns:!ns3' -f 50 -u ops --private-key '~/.ssh/ops' -b -K --no-ssh-config --allow-untested";
    expect(next({ command: 'plan', outcomes: [pending] }, options)).toBe(
      `confine apply site.yml ${ways} -M modules -M 'my modules' -t mode --skip-tags slow -e 'zone=$HOME' -e '…' --break-hold`,
    );
    expect(next({ command: 'plan', outcomes: [pending], saved: 'x.plan' }, options)).toBe(
      `confine apply x.plan ${ways} -M modules -M 'my modules'`,
    );
    // What shows hosts as they are reads no playbook.
    expect(next({ command: 'apply', outcomes: [committed] }, options)).toBe(`confine status ${ways}`);
  });
});
