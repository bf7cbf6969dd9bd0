import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { pipelineFiles, pipelineKinds } from '../../../src/init/pipeline.ts';
import { confine } from '../../support/confine.ts';

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
