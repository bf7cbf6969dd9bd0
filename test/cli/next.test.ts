import { describe, expect, it } from 'vitest';
import { nextCommand, rolloutNext, writtenNext, type Over } from '../../src/cli/next.ts';
import type { CommonOptions, RolloutAction } from '../../src/cli/options.ts';
import type { HostOutcome } from '../../src/events.ts';
import type { RolloutSummary } from '../../src/rollout/summary.ts';

const inSync: HostOutcome = { is: 'in-sync' };
const pending: HostOutcome = { is: 'pending' };
const committed: HostOutcome = { is: 'committed' };
const locked: HostOutcome = { is: 'locked', reason: 'me' };
const undone: HostOutcome = { is: 'undone', reason: '', log: [] };
const refused: HostOutcome = { is: 'refused', reason: '', hint: undefined };

const next = (over: Partial<Over> & Pick<Over, 'command' | 'outcomes'>, options: CommonOptions = {}) =>
  nextCommand(
    { args: ['site.yml'], resume: undefined, saved: undefined, naming: undefined, ...over },
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

  it('is about the hosts that a command took as its argument', () => {
    const hosts = { by: 'argument', pattern: 'ns1,ns2' } as const;
    expect(next({ command: 'undo', outcomes: [{ is: 'restored' }], naming: hosts })).toBe(
      'confine status -i inv -l ns1,ns2',
    );
    expect(next({ command: 'audit', outcomes: [committed], naming: hosts })).toBe(
      'confine denials -i inv -l ns1,ns2',
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
      "-i 'my hosts.yml' -i ns9, -l 'dns:!ns3' -u ops --private-key '~/.ssh/ops' -b -K -f 50 --no-ssh-config --allow-untested";
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

describe('the commands that come next in a rollout', () => {
  const given: CommonOptions = {
    inventory: ['inv'],
    limit: 'ns1',
    user: 'ops',
    become: true,
    modulePath: ['modules'],
    tags: ['mode'],
    extraVars: ['x=1'],
    forks: 20,
  };
  const ways = 'site.yml -i inv -u ops -b -M modules -t mode -e x=1';
  const of = (
    is: RolloutSummary['is'],
    { kinds = [], outcomes = [], profiles = ['named'], action = 'advance' }: Partial<Behind> = {},
  ) =>
    rolloutNext(
      {
        action,
        playbooks: ['site.yml'],
        profiles,
        summary: { is, blocks: kinds.map((kind) => ({ kind, what: '', command: undefined, hosts: [] })) },
        outcomes,
      },
      given,
    );
  interface Behind {
    readonly action: RolloutAction;
    readonly kinds: readonly RolloutSummary['blocks'][number]['kind'][];
    readonly outcomes: readonly HostOutcome[];
    readonly profiles: readonly string[];
  }

  it('have all that was given but --limit, with which a rollout judges nothing', () => {
    expect(of('not-begun')).toEqual([{ command: `confine rollout start ${ways}` }]);
    expect(of('paused')).toEqual([{ command: `confine rollout start ${ways}`, about: 'goes on with it' }]);
    expect(of('back')).toEqual([
      {
        command: `confine rollout start ${ways}`,
        about: 'begins anew there, once what sent hosts back is mended',
      },
    ]);
    expect(of('running')).toEqual([
      { command: `confine rollout advance ${ways}`, about: 'as often as a schedule likes' },
    ]);
    expect(of('done')).toEqual([]);
  });

  it('behind denials are those for the profile of the rollout', () => {
    expect(
      of('running', { kinds: ['waits', 'blocked'], profiles: ['bind'] }).map(({ command }) => command),
    ).toEqual([
      `confine denials --propose site.yml --profile bind -i inv -u ops -b -M modules -t mode -e x=1`,
      `confine rollout start ${ways}`,
      `confine rollout advance ${ways}`,
    ]);
  });

  it('are none where a start failed on every host, or where it was aborted', () => {
    expect(of('not-begun', { action: 'start', outcomes: [refused] })).toEqual([]);
    expect(of('not-begun', { action: 'abort' })).toEqual([]);
  });
});

describe('the commands that come next behind init', () => {
  const given: CommonOptions = {
    user: 'deploy',
    privateKey: 'key',
    become: true,
    askBecomePass: true,
    sshConfig: false,
    forks: 20,
  };

  it('reach hosts of an inventory as init did', () => {
    expect(writtenNext('p.yml', 'new.yml', { ...given, inventory: ['inv', 'ns9,'] })).toEqual([
      'confine check p.yml -i inv -i ns9, -i new.yml',
      'confine plan p.yml -i inv -i ns9, -i new.yml -u deploy --private-key key -b -K --no-ssh-config',
    ]);
  });

  it('leave out what the new inventory says', () => {
    expect(writtenNext('p.yml', 'new.yml', given)).toEqual([
      'confine check p.yml -i new.yml',
      'confine plan p.yml -i new.yml -K --no-ssh-config',
    ]);
  });
});
