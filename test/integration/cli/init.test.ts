import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { pipelineFiles, pipelineKinds } from '../../../src/init/pipeline.ts';
import { confine } from '../../support/confine.ts';
import { eventLines } from '../../support/event-lines.ts';

it.each(pipelineKinds)(
  '--ci %s writes the file of the documentation alone, and over nothing',
  async (kind) => {
    const folder = mkdtempSync(join(tmpdir(), 'init-'));
    const init = () => confine(['init', '--ci', kind, '--out', folder]);
    expect(await init()).toMatchObject({ code: 0 });
    const file = join(folder, pipelineFiles[kind]);
    expect(readFileSync(file, 'utf8')).toBe(readFileSync(`docs/pipelines/${kind}.yml`, 'utf8'));
    expect(readdirSync(folder)).toHaveLength(1);

    writeFileSync(file, 'mine\n');
    const again = await init();
    expect(again.stderr).toContain(`${file} is there already`);
    expect(again.code).toBe(5);
    expect(readFileSync(file, 'utf8')).toBe('mine\n');
  },
);

it.each([
  ['below a file', (folder: string) => join(folder, 'file/x'), 5],
  ['in a folder that is a file', (folder: string) => join(folder, 'file'), 5],
  ['where no folder can be', () => '/proc/confine-init', 1],
])('an --out %s is told, and is no defect', async (_, out, code) => {
  const folder = mkdtempSync(join(tmpdir(), 'init-'));
  writeFileSync(join(folder, 'file'), 'mine\n');
  const ran = await confine(['init', '--out', out(folder)]);
  expect(ran).toMatchObject({ code, stderr: expect.stringMatching(/^error: .*written/) });
  expect(readFileSync(join(folder, 'file'), 'utf8')).toBe('mine\n');
});

it('an example logs in as it was told to', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'init-'));
  expect(await confine(['init', '--out', folder, '-u', 'deploy'])).toMatchObject({ code: 0 });
  expect(readFileSync(join(folder, 'inventory/confine.yml'), 'utf8')).toContain("ansible_user: 'deploy'");
});

it('tells what it wrote as data, and what comes next', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'init-'));
  const { code, stdout } = await confine(['init', 'x.invalid', '--out', folder, '--json']);
  expect(code).toBe(4);
  expect(eventLines(stdout)).toMatchObject({
    wrong: [],
    events: [
      { event: 'run-started', command: 'init', hosts: ['x.invalid'] },
      { event: 'host-ended', host: 'x.invalid' },
      { event: 'warning', message: 'nothing is written: no host could be looked at' },
      { event: 'run-ended', exit: 4 },
    ],
  });
  const example = await confine(['init', '--out', folder, '--json']);
  expect(example).toMatchObject({ code: 0, stderr: '' });
  const file = (path: string) => ({ event: 'file-written', file: join(folder, path) });
  expect(eventLines(example.stdout)).toMatchObject({
    wrong: [],
    events: [
      { event: 'run-started', command: 'init', hosts: [] },
      file('inventory/confine.yml'),
      file('playbooks/confine.yml'),
      file('schemas/playbook.schema.json'),
      file('schemas/inventory.schema.json'),
      {
        event: 'run-ended',
        exit: 0,
        next: `confine check ${folder}/playbooks/confine.yml -i ${folder}/inventory/confine.yml`,
      },
    ],
  });
});
