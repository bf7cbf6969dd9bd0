import { spawn } from 'node:child_process';
import { appendFileSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { dump, load } from 'js-yaml';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { ContainerHandle } from '../../src/lab/hosts.ts';
import { playbook, type Ran } from '../support/confine.ts';
import { ageKey, sopsStandIn, writeAge, writeSops, type AgeKey } from '../support/encrypted.ts';
import { containers, labInventory, on } from '../support/lab.ts';
import { plant, tracesBelow, tracesIn, tracesOn, watchProcesses } from '../support/planted.ts';
import { folderOf } from '../golden/files.ts';

const planted = plant();
/** Read with the password, and used nowhere. */
const other = plant();
let host: ContainerHandle;
let folder: string;
let key: AgeKey;
/** Of the person at the controller: what confine writes here is looked through. */
const at = (name: string) => join(folder, name);

beforeAll(async () => {
  const [first] = await containers(['c1']);
  if (!first) throw new Error('no container');
  host = first;
  await host.run('chpasswd', `ops:${planted.value}\n`);
});
afterAll(async () => {
  await host.run('chpasswd', 'ops:correct horse\n');
});

beforeEach(async () => {
  await on(
    host,
    'rm -rf /etc/systemd/system/named.service.d /var/lib/confine && systemctl daemon-reload && systemctl restart named',
  );
  const inventory = load(readFileSync(labInventory(), 'utf8')) as {
    nameservers: { vars: object; children: { containers: { hosts: { c1: object } } } };
  };
  const { vars, children } = inventory.nameservers;
  const c1 = { ...children.containers.hosts.c1, ansible_user: 'ops' };
  const all = { ...vars, ansible_become: true };
  folder = folderOf({ 'inventory/hosts.yml': dump({ nameservers: { vars: all, hosts: { c1 } } }) });
  for (const name of ['written/state', 'written/tmp', 'keys', 'inventory/group_vars', 'inventory/host_vars'])
    mkdirSync(at(name), { recursive: true });
  key = ageKey(at('keys'));
  sopsStandIn(folder);
  return () => rmSync(folder, { recursive: true });
});

const sandbox = () =>
  playbook([
    {
      systemd_dropin: {
        unit: 'named.service',
        name: '50-confine',
        settings: { Service: { NoNewPrivileges: true } },
      },
    },
    { service: { unit: 'named.service', enabled: true, state: 'running' } },
  ]);

const vault = { vault: { sudo: planted.value, tsig: other.value } };
const reference = 'ansible_become_password: "{{ vault.sudo }}"\n';
const groupVars = (name: string) => at(`inventory/group_vars/nameservers${name}`);

function inAge(): void {
  writeFileSync(groupVars('.yml'), reference);
  writeAge(groupVars('.yml.age'), dump(vault), key);
}

interface Run {
  readonly input?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly program?: string;
  /** Loaded before it. */
  readonly preload?: string;
}

/** Runs the command as a person would, at home in the folder. */
function run(
  args: readonly string[],
  { input = '', env = {}, program = 'dist/confine.js', preload }: Run = {},
) {
  const child = spawn(
    process.execPath,
    [...(preload === undefined ? [] : ['--import', preload]), program, ...args],
    {
      env: {
        ...process.env,
        PATH: `${at('bin')}:${process.env['PATH']}`,
        NO_COLOR: '1',
        SSH_AUTH_SOCK: undefined,
        SOPS_AGE_KEY_FILE: key.file,
        XDG_STATE_HOME: at('written/state'),
        TMPDIR: at('written/tmp'),
        ...env,
      },
    },
  );
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  child.stdin.on('error', () => {});
  child.stdin.end(input);
  const ended = new Promise<Ran>((resolve) => child.on('close', (code) => resolve({ code, stdout, stderr })));
  return { pid: child.pid, ended };
}

const hosts = ['-i', 'INVENTORY', '--no-ssh-config'];

describe('the password of sudo comes from', () => {
  const sources: Readonly<Record<string, () => Run>> = {
    'a file of sops': () => {
      writeFileSync(groupVars('.yml'), reference);
      writeSops(groupVars('.sops.yml'), vault, [], key);
      return {};
    },
    'a file of age': () => {
      inAge();
      return {};
    },
    'the environment': () => {
      writeFileSync(groupVars('.yml'), 'ansible_become_password: { env: FLEET_SUDO }\n');
      return { env: { FLEET_SUDO: planted.value } };
    },
    'the inventory itself': () => {
      writeFileSync(groupVars('.yml'), dump({ ansible_become_password: planted.value }));
      return {};
    },
    'the person': () => ({ input: `${planted.value}\n` }),
  };

  it.each(Object.entries(sources))('%s, and no process shows it', async (name, prepare) => {
    const how = prepare();
    const pids: number[] = [];
    const seen = watchProcesses(planted, () => pids);
    const args = ['apply', sandbox(), '-i', at('inventory'), '--no-ssh-config', '--yes', '--json'];
    const { pid, ended } = run(name === 'the person' ? [...args, '-K'] : args, how);
    if (how.env !== undefined && pid !== undefined) pids.push(pid);
    const ran = await ended;
    const { traces, commands } = seen();
    expect(ran).toMatchObject({ code: 0, stderr: '' });
    expect(ran.stdout).toContain('"is":"committed"');
    expect(traces).toEqual([]);
    // It has looked where the password went.
    expect([...commands].filter((it) => / sudo -S -p confine-password-/.test(` ${it}`))).not.toEqual([]);
    expect(tracesIn(ran.stdout, planted)).toEqual([]);
    expect(tracesBelow([at('written')], planted)).toEqual([]);
    expect(await tracesOn(host, planted)).toBe('');
  });
});

it('no command lets it out: not on its output, not in what it writes, not on the host', async () => {
  inAge();
  const book = sandbox();
  const leaking = playbook([{ apparmor_mode: { profile: '{{ vault.tsig }}', mode: 'enforce' } }]);
  writeFileSync(
    at('dead.yml'),
    'nameservers: { hosts: { dead: { ansible_host: 127.0.0.1, ansible_port: 1 } } }\n',
  );
  writeFileSync(
    at('broken.yml'),
    `all:\n  vars:\n    ansible_become_password: ${planted.value}\n     x: y\n`,
  );
  writeFileSync(at('twice.yml'), dump({ all: { vars: { ansible_ssh_pass: planted.value } } }));
  appendFileSync(at('twice.yml'), `    ansible_ssh_pass: '${planted.traces['plain']}'\n`);
  writeFileSync(at('kern.log'), `somebody wrote ${planted.value}\n`);
  const plan = at('written/site.plan');
  /** Each command with the exit that shows how far it came. */
  const commands: readonly (readonly [readonly string[], number, Run?])[] = [
    [['inventory', ...hosts.slice(0, 2), '--list'], 0],
    [['inventory', ...hosts.slice(0, 2), '--host', 'c1'], 0],
    [['inventory', ...hosts.slice(0, 2), '--graph'], 0],
    [['inventory', '-i', at('broken.yml'), '--list'], 3],
    [['inventory', '-i', at('twice.yml'), '--list'], 3],
    [['check', book, '-i', 'INVENTORY'], 0],
    [['check', leaking, '-i', 'INVENTORY'], 3],
    [['check', '--host', 'c1', ...hosts], 0],
    [['plan', leaking, ...hosts], 3],
    [['plan', book, ...hosts, '-v'], 0],
    [['plan', book, ...hosts, '--json', '--out', plan, '--detailed-exitcode'], 10],
    [['plan', book, ...hosts, '-K'], 4, { input: `${planted.value}wrong\n` }],
    [['apply', plan, ...hosts, '-v'], 0],
    [['apply', plan, ...hosts, '--json'], 0],
    [['apply', book, ...hosts, '-i', at('dead.yml'), '--yes'], 4],
    [['status', book, ...hosts], 0],
    [['status', ...hosts, '--json'], 0],
    [['status', ...hosts, '-v'], 0],
    [['denials', ...hosts], 2],
    [['denials', '--from', at('kern.log'), '--propose', '--json'], 0],
    [['rollout', 'status', book, ...hosts], 3],
    [
      ['relax', 'c1', '--mechanism', 'systemd_dropin', '--for', '1h', '--why', 'a test', ...hosts, '--yes'],
      2,
    ],
    [['relax', 'c1', '--end', ...hosts, '--yes', '--json'], 0],
    [['audit', 'c1', ...hosts, '--yes'], 2],
    [['init', 'c1', ...hosts, '--out', at('written/init')], 0],
    [['explain', 'conflict'], 0],
    [['undo', 'c1', ...hosts, '--yes', '-v'], 0],
    [['apply', book, ...hosts, '--yes', '-e', `ansible_become_password=${planted.value}`], 3],
  ];
  const shown: string[] = [];
  const ends: string[] = [];
  for (const [args, wanted, how] of commands) {
    const full = args.map((it) => (it === 'INVENTORY' ? at('inventory') : it));
    const ran = await run(full, how).ended;
    const title = `${args.slice(0, 2).join(' ').replaceAll(folder, '')} …`;
    if (ran.code !== wanted) ends.push(`${title}: exit ${ran.code}, not ${wanted}: ${ran.stderr}`);
    for (const it of [planted, other])
      for (const trace of tracesIn(`${ran.stdout}\n${ran.stderr}`, it)) shown.push(`${title}: ${trace}`);
  }
  expect(ends).toEqual([]);
  expect(shown).toEqual([]);
  // A plan, an inventory, a playbook, and the hosts that are left: there is something to look through.
  const written = readdirSync(at('written'), { recursive: true, encoding: 'utf8' });
  for (const it of [/^site\.plan$/, /^init\/.*\.yml$/, /^state\/confine\/left\/.*\.txt$/])
    expect(written.filter((name) => it.test(name))).not.toEqual([]);
  for (const it of [planted, other]) {
    expect(tracesBelow([at('written')], it)).toEqual([]);
    expect(await tracesOn(host, it)).toBe('');
  }
}, 300_000);

/** The command without what takes secrets out of its output. */
function withoutRedactor(): string {
  const program = pathToFileURL('dist/src/cli/program.js').href;
  writeFileSync(at('bare.mjs'), `import { program } from '${program}';\nawait program().parseAsync();\n`);
  return at('bare.mjs');
}

describe('the looks themselves find it', () => {
  it('on the output, once nothing redacts it: a task that is called like the password', async () => {
    inAge();
    const book = playbook([
      { name: `task ${planted.traces['plain']} ${planted.value}`, package: { names: ['dpkg'] } },
    ]);
    const args = ['plan', book, '-i', at('inventory'), '--no-ssh-config', '--json'];
    const redacted = await run(args).ended;
    expect(redacted).toMatchObject({ code: 0 });
    expect(redacted.stdout).toContain('(secret)');

    const plain = await run(args, { program: withoutRedactor() }).ended;
    expect(plain).toMatchObject({ code: 0 });
    expect(tracesIn(plain.stdout, planted)).toEqual(['plain']);
  });

  it('and when confine itself crashes', async () => {
    inAge();
    const preload = at('crash.mjs');
    const crash = `setImmediate(() => { throw new Error(${JSON.stringify(planted.value)}); })`;
    // The first event comes once the password was read.
    writeFileSync(
      preload,
      `const { stdout } = process;
const write = stdout.write.bind(stdout);
stdout.write = (...args) => { ${crash}; stdout.write = write; return write(...args); };\n`,
    );
    const args = ['plan', sandbox(), '-i', at('inventory'), '--no-ssh-config', '--json'];
    const redacted = await run(args, { preload }).ended;
    expect(redacted.code).toBe(1);
    expect(redacted.stderr).toContain('confine failed: Error: (secret)');
    expect(tracesIn(redacted.stderr, planted)).toEqual([]);
    const plain = await run(args, { preload, program: withoutRedactor() }).ended;
    expect(tracesIn(plain.stderr, planted)).toEqual(['plain']);
  });

  it('in files here and on the host, in each of its forms', async () => {
    const { traces } = planted;
    for (const [name, trace] of Object.entries(traces)) writeFileSync(at(`written/${name}`), `a ${trace} b`);
    expect(tracesBelow([at('written')], planted).toSorted()).toEqual(
      Object.keys(traces)
        .map((it) => `${at('written')}/${it}: ${it}`)
        .toSorted(),
    );
    for (const [name, trace] of Object.entries(traces))
      await host.run(`mkdir -p /var/lib/confine && cat >'/var/lib/confine/${name}'`, `a ${trace} b`);
    expect((await tracesOn(host, planted)).trim().split('\n').toSorted()).toEqual(
      Object.keys(traces)
        .map((it) => `/var/lib/confine/${it}`)
        .toSorted(),
    );
  });

  it('in the journal, and in the arguments and the environment of a process on the host', async () => {
    const fresh = plant();
    await host.run('logger -t test', fresh.value);
    expect(await tracesOn(host, fresh)).toContain('test');
    for (const [what, command] of [
      ['arguments', `sh -c 'sleep 0.3; :' ${fresh.traces['plain']}`],
      ['environment', 'read -r PW; export PW; sleep 0.3'],
    ] as const) {
      const seen = watchProcesses(fresh);
      await host.run(command, `${fresh.value}\n`);
      expect(seen().traces.join('\n')).toContain(`${what} of s`);
    }
  });
});

describe('of sudoers', () => {
  /** Of SECURITY.md. */
  const least = ['/usr/bin/sh', '/usr/bin/timeout'];
  const rule = (commands: readonly string[]) =>
    host.run(
      'cat >/etc/sudoers.d/least && chmod 440 /etc/sudoers.d/least && visudo -cqf /etc/sudoers.d/least',
      `least ALL=(root) NOPASSWD: ${commands.join(', ')}\n`,
    );
  const as = (...args: readonly string[]) =>
    run([...args, '-i', at('inventory'), '--no-ssh-config', '-u', 'least']).ended;

  beforeAll(async () => {
    await on(host, 'useradd --no-create-home --home-dir / --shell /bin/sh least');
    await host.run('chpasswd', `least:${plant().value}\n`);
    return () => on(host, 'rm -f /etc/sudoers.d/least && userdel least').then(() => undefined);
  });

  it('the rule of SECURITY.md is enough for everything', async () => {
    expect(await rule(least)).toMatchObject({ code: 0 });
    expect(readFileSync('SECURITY.md', 'utf8')).toContain(`ALL=(root) NOPASSWD: ${least.join(', ')}\n`);
    const book = sandbox();
    expect(await as('plan', book, '--detailed-exitcode')).toMatchObject({ code: 10 });
    expect(await as('apply', book, '--yes')).toMatchObject({ code: 0 });
    expect(await as('status', book)).toMatchObject({ code: 0 });
    expect(await as('undo', 'c1', '--yes')).toMatchObject({ code: 0 });
  });

  it.each(least)('and %s is needed', async (command) => {
    await rule(least.filter((it) => it !== command));
    const ran = await as('apply', sandbox(), '--yes');
    expect(ran.code).toBe(4);
    expect(ran.stderr).toContain('sudo');
    expect(await on(host, 'ls /etc/systemd/system/named.service.d 2>/dev/null || true')).toBe('');
  });
});
