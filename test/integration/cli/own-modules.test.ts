import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { files, without } from '../../golden/files.ts';
import { golden } from '../../golden/golden.ts';
import { confine, type Ran } from '../../support/confine.ts';
import { inventoryOn } from '../../support/inventory.ts';
import { tutorial } from '../../support/own-modules.ts';
import { startSshd, type Sshd } from '../../support/sshd.ts';

const sum = /sha256 [0-9a-f]{64}/;

describe('the module that the tutorial writes', () => {
  it('is loaded with the flag that trusts it, from a folder without node_modules', async () => {
    const repository = files(tutorial);
    const ran = await confine(['check', `${repository}/site.yml`, '-M', `${repository}/modules`]);
    expect(ran).toMatchObject({ code: 0, stdout: '' });
    expect(ran.stderr).toMatch(sum);
    expect(ran.stderr).toContain('site.yml: 1 task is right');
    expect(existsSync(`${repository}/node_modules`)).toBe(false);
  });

  it('does not run without it: its file is told, and stays unread', async () => {
    const repository = files(tutorial);
    appendFileSync(`${repository}/modules/motd/motd.ts`, touching(`${repository}/ran`));
    const ran = await confine(['check', `${repository}/site.yml`]);
    expect(ran.code).toBe(3);
    expect(existsSync(`${repository}/ran`)).toBe(false);
    const said = without(repository, ran.stderr).trimEnd();
    expect(said).toBe(golden('own-module-untrusted', said));

    await confine(['check', `${repository}/site.yml`, '-M', `${repository}/modules`]);
    expect(existsSync(`${repository}/ran`)).toBe(true);
  });

  it('comes out in its cases as they say, and a case that says otherwise is found', async () => {
    const repository = files(tutorial);
    const check = () =>
      confine(['check', `${repository}/modules/motd/cases.yml`, '-M', `${repository}/modules`]);
    expect(await check()).toMatchObject({ code: 0, stderr: expect.stringContaining('3 cases are right') });
    const path = `${repository}/modules/motd/cases.yml`;
    writeFileSync(path, readFileSync(path, 'utf8').replace('hullo', 'hello'));
    const ran = await check();
    expect(ran.code).toBe(3);
    expect(ran.stderr).toContain('cases.yml:9:13: "another text is written": it plans ["in sync"]');
  });

  it('stands in the schema, with its parameters', async () => {
    const repository = files(tutorial);
    const { stdout } = await confine(['schema', 'playbook', '-M', `${repository}/modules`]);
    expect(JSON.parse(stdout)).toMatchObject({
      definitions: {
        task: {
          properties: {
            motd: { properties: { text: { description: 'What people read when they log in.' } } },
            service: {},
          },
        },
      },
    });
  });
});

/** Code that leaves a file behind when it runs. */
const touching = (path: string): string =>
  `\nimport { writeFileSync } from 'node:fs';\nwriteFileSync('${path}', '');\n`;

const motd = tutorial['modules/motd/motd.ts'] ?? '';
const book = tutorial['site.yml'] ?? '';

describe('what is wrong is told with file and name, exit 3', () => {
  const cases: Readonly<Record<string, Readonly<Record<string, string>>>> = {
    'a misspelt parameter': { 'site.yml': book.replace('text:', 'txt:') },
    'a file that throws': { 'modules/motd/motd.ts': `${motd}throw new Error('no such luck');\n` },
    'no module of that name': { 'modules/motd/motd.ts': motd.replace("name: 'motd'", "name: 'mtd'") },
    'a summary that is none': {
      'modules/motd/motd.ts': motd.replace("'The message of the day'", '7 as never'),
    },
    'a schema that is none': { 'modules/motd/motd.ts': motd.replace(/params: .*/, 'params: {} as never,') },
    'a claim that throws': {
      'modules/motd/motd.ts': motd.replace(
        'observe:',
        "claims: () => {\n    throw new Error('claimed');\n  },\n  observe:",
      ),
    },
    'a schema that throws': {
      'modules/motd/motd.ts': motd.replace(
        'z.string()',
        "z.string().refine(() => {\n    throw new Error('refined');\n  })",
      ),
    },
    'the name of a module that ships': { 'modules/service.ts': motd },
    'the name of a key of every task': { 'modules/when.ts': motd },
    'two files for one name': { 'modules/motd.ts': motd },
    'cases of no module': { 'modules/nosuch/cases.yml': tutorial['modules/motd/cases.yml'] ?? '' },
  };

  it.each(Object.entries(cases))('%s', async (name, changed) => {
    const repository = files({ ...tutorial, ...changed });
    const checked = 'modules/nosuch/cases.yml' in changed ? 'modules/nosuch/cases.yml' : 'site.yml';
    const ran = await confine(['check', `${repository}/${checked}`, '-M', `${repository}/modules`]);
    expect(ran).toMatchObject({ code: 3, stdout: '' });
    const said = without(repository, ran.stderr)
      .replace(/^module ".*\n/gm, '')
      .trimEnd();
    expect(said).toBe(golden(`own-module-${name.replaceAll(' ', '-')}`, said));
  });

  it('a folder that is not there', async () => {
    const ran = await confine(['schema', 'playbook', '-M', '/nosuch/modules']);
    expect(ran).toMatchObject({ code: 3, stderr: expect.stringContaining('/nosuch/modules:1:1: no folder') });
  });
});

describe('with hosts', () => {
  let sshd: Sshd;
  beforeAll(async () => {
    sshd = await startSshd({ config: ['LogLevel VERBOSE'] });
  });
  afterAll(() => sshd.stop());

  const repositoryWith = (changed: Readonly<Record<string, string>> = {}): string =>
    files({ ...tutorial, 'hosts.yml': inventoryOn(sshd), ...changed });
  const run = (repository: string, ...args: readonly string[]): Promise<Ran> =>
    confine([...args, '-i', `${repository}/hosts.yml`, '--no-ssh-config', '--allow-untested']);
  const trips = (): number => sshd.log().match(/Starting session/g)?.length ?? 0;

  it.each([
    ['observe', motd.replace('probe.file(path)', "(undefined as never)['x']"), 0],
    ['observe, which gives no probe', motd.replace('probe.file(path)', '7 as never'), 0],
    ['desire', motd.replace('value({', "value((undefined as never)['x'] ?? {"), 1],
    ['desire, which gives no desired state', motd.replace(/=> \[[^]*\],\n\}/, '=> [{}] as never,\n}'), 1],
  ])('what fails in %s is told, and the host is not touched', async (name, module, asked) => {
    const repository = repositoryWith({ 'modules/motd/motd.ts': module });
    const before = trips();
    const ran = await run(
      repository,
      'apply',
      `${repository}/site.yml`,
      '-M',
      `${repository}/modules`,
      '--yes',
    );
    expect(ran.code).toBe(3);
    expect(trips() - before).toBe(asked);
    expect(ran.stderr).toMatch(
      /modules\/motd\/motd\.ts:\d+:\d+: "(observe|desire)" of the module "motd" failed: /,
    );
    expect(ran.stderr).toContain(`"${name.split(',')[0]}"`);
  });

  it('a saved plan knows the file, and is applied only where it is named and the same', async () => {
    const repository = repositoryWith();
    const own = ['-M', `${repository}/modules`];
    const plan = `${repository}/a.plan`;
    expect(await run(repository, 'plan', `${repository}/site.yml`, '--out', plan, ...own)).toMatchObject({
      code: 0,
    });
    const { modules } = JSON.parse(readFileSync(plan, 'utf8')) as { modules: unknown };
    expect(modules).toEqual([
      {
        name: 'motd',
        path: `${repository}/modules/motd/motd.ts`,
        sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
      },
    ]);

    const [before, untrusted] = [trips(), await run(repository, 'apply', plan)];
    expect(untrusted).toMatchObject({
      code: 3,
      stderr: expect.stringContaining('this plan needs the module "motd"'),
    });

    appendFileSync(`${repository}/modules/motd/motd.ts`, '// another one\n');
    const other = await run(repository, 'apply', plan, ...own);
    expect(other).toMatchObject({
      code: 3,
      stderr: expect.stringContaining('is not the one that this plan was made with'),
    });
    expect(trips()).toBe(before);

    writeFileSync(`${repository}/modules/motd/motd.ts`, motd);
    const ran = await run(repository, 'apply', plan, '-C', ...own);
    expect(ran).toMatchObject({ code: 0, stdout: expect.stringContaining('change /etc/motd') });
  });
});
