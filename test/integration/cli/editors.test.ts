import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, it } from 'vitest';
import { files } from '../../golden/files.ts';
import { confine } from '../../support/confine.ts';
import { fileOn } from '../../support/pages.ts';

/** Where the first line of a file says that its schema is. */
function schemaOf(path: string): string {
  const [, schema] = /^# yaml-language-server: \$schema=(\S+)\n/.exec(readFileSync(path, 'utf8')) ?? [];
  if (schema === undefined) throw new Error(`${path} names no schema`);
  return join(dirname(path), schema);
}

it('all that ships and all that init writes names a schema that is there, and the one of this version', async () => {
  const folder = files({});
  expect(await confine(['init', '--out', folder])).toMatchObject({ code: 0 });
  for (const root of ['.', folder])
    for (const kind of ['playbook', 'inventory']) {
      const place = join(root, kind === 'playbook' ? 'playbooks' : 'inventory');
      const all = readdirSync(place).filter((it) => it.endsWith('.yml'));
      expect(all.length).toBeGreaterThan(0);
      for (const it of all) {
        const schema = schemaOf(join(place, it));
        expect(existsSync(schema)).toBe(true);
        expect(readFileSync(schema, 'utf8')).toBe(readFileSync(`schemas/${kind}.schema.json`, 'utf8'));
      }
    }
});

it('the playbook of the page about editors is right, and what is wrong in it is told as the page says', async () => {
  const site = fileOn('docs/editors.md', 'site.ts');
  const folder = files({ 'site.ts': site });
  expect(await confine(['check', `${folder}/site.ts`])).toMatchObject({
    code: 0,
    stderr: expect.stringContaining('2 tasks are right'),
  });
  writeFileSync(`${folder}/site.ts`, site.replace("'enforce'", "'enforced'"));
  const { code, stderr } = await confine(['check', `${folder}/site.ts`]);
  expect(code).toBe(3);
  const [first = ''] = stderr.split('\n');
  expect(readFileSync('docs/editors.md', 'utf8')).toContain(first.replace(`${folder}/`, ''));
});
