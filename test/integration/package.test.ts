import { execFile } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { folderOf } from '../golden/files.ts';
import { golden } from '../golden/golden.ts';
import { tutorial } from '../support/own-modules.ts';

const run = promisify(execFile);

interface Packed {
  readonly filename: string;
  readonly size: number;
  readonly unpackedSize: number;
  readonly files: readonly { readonly path: string; readonly mode: number }[];
}

let packed: Packed;
let tarball: string;
const pack = mkdtempSync(join(tmpdir(), 'confine-pack-'));

beforeAll(async () => {
  const { stdout } = await run('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', pack]);
  packed = (JSON.parse(stdout) as [Packed])[0];
  tarball = join(pack, packed.filename);
});
afterAll(() => rmSync(pack, { recursive: true, force: true }));

describe('the package', () => {
  it('holds these files and no others; parts of the bundle have no names of their own', () => {
    const paths = packed.files.map(({ path }) =>
      path.replace(/^(dist\/src\/bundle\/).*-[\w-]{8}\.js$/, '$1….js'),
    );
    const listed = [...new Set(paths)].toSorted().join('\n');
    expect(listed).toBe(golden('package-files', listed));
  });

  it('is below 0.9 MB, and 4 MB unpacked', () => {
    expect(packed.size).toBeLessThan(900_000);
    expect(packed.unpackedSize).toBeLessThan(4_000_000);
  });

  it('is right for those who import it, as publint sees it', async () => {
    const { publint } = await import('publint');
    expect((await publint({ pkgDir: '.', strict: true, pack: 'npm' })).messages).toEqual([]);
  });
});

/** Nodes that scripts/setup has fetched, beside the one that runs the tests. */
const nodes = [
  process.execPath,
  ...[22, 24]
    .map((major) =>
      resolve(
        `node_modules/.cache/node-${major}/node_modules/node-${process.platform}-${process.arch}/bin/node`,
      ),
    )
    .filter((it) => existsSync(it)),
];

describe('installed into an empty folder', () => {
  let folder: string;
  beforeAll(async () => {
    folder = folderOf({ ...tutorial, 'package.json': '{ "private": true, "type": "module" }' });
    const quiet = ['--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline'];
    await run('npm', ['install', ...quiet, tarball], { cwd: folder });
    cpSync('test/fixtures/consumer', folder, { recursive: true });
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('brings two packages along', () => {
    const there = readdirSync(join(folder, 'node_modules')).filter((it) => !it.startsWith('.'));
    expect(there).toEqual(['confine', 'jiti', 'zod']);
  });

  it('has types: what is wrong in a playbook or a module is an error of the compiler, and the tutorial is none', async () => {
    // The types of Node come from here: what a consumer has of them is its own choice.
    cpSync('node_modules/@types/node', join(folder, 'node_modules/@types/node'), { recursive: true });
    cpSync('node_modules/undici-types', join(folder, 'node_modules/undici-types'), { recursive: true });
    const options = { module: 'nodenext', target: 'es2023', strict: true, noEmit: true, skipLibCheck: false };
    const config = { compilerOptions: { ...options, allowImportingTsExtensions: true, types: ['node'] } };
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ ...config, include: ['*.ts', 'modules'] }));
    const tsc = async (): Promise<string> => {
      const args = [resolve('node_modules/typescript/bin/tsc'), '-p', '.'];
      const ran = run(process.execPath, args, { cwd: folder });
      return (await ran.catch((error: { readonly stdout: string }) => error)).stdout;
    };
    expect(await tsc()).toBe('');
    // Without what says that they are expected, each of these is told.
    const wrong = readFileSync(join(folder, 'wrong.ts'), 'utf8');
    writeFileSync(join(folder, 'wrong.ts'), wrong.replaceAll('@ts-expect-error', ''));
    const lines = new Set((await tsc()).match(/^wrong\.ts\(\d+/gm));
    expect(lines.size).toBe(wrong.match(/@ts-expect-error/g)?.length);
  });

  describe.each(nodes)('under %s', (node) => {
    const confine = (...args: readonly string[]) =>
      run(node, [join(folder, 'node_modules/.bin/confine'), ...args], {
        cwd: folder,
        env: { ...process.env, NO_COLOR: '1', XDG_STATE_HOME: folder, XDG_CACHE_HOME: folder },
      });

    it('runs', async () => {
      const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
      expect((await confine('--version')).stdout).toBe(`${version}\n`);
      expect((await confine('--help')).stdout).toContain('Usage: confine');
      expect((await confine('check', 'node_modules/confine/playbooks/harden-bind.yml')).stderr).toMatch(
        /tasks are right/,
      );
      const { stdout } = await confine('schema', 'playbook');
      expect(stdout).toBe(readFileSync('schemas/playbook.schema.json', 'utf8'));
      for (const shell of ['bash', 'zsh', 'fish'])
        expect((await confine('completion', shell)).stdout).toBe(
          readFileSync(`src/completion/confine.${shell}`, 'utf8'),
        );
      await confine('lab', 'list');
    });

    it('takes a playbook in TypeScript, and modules of one’s own, and warns of nothing', async () => {
      expect(await confine('check', 'site.ts')).toEqual({
        stdout: '',
        stderr: 'site.ts: 5 tasks are right, without an inventory\n',
      });
      const { stderr } = await confine('check', 'site.yml', 'modules/motd/cases.yml', '-M', 'modules');
      expect(stderr.split('\n')).toEqual([
        expect.stringMatching(
          /^module "motd" of your own runs on this machine: modules\/motd\/motd\.ts \(sha256 [0-9a-f]{64}\)$/,
        ),
        'modules/motd/cases.yml: 3 cases are right',
        'site.yml: 1 task is right, without an inventory',
        '',
      ]);
    });

    it('tells what throws with its line', async () => {
      writeFileSync(
        join(folder, 'throws.ts'),
        "const text: string = 'no such luck';\n\nthrow new Error(text);\n",
      );
      await expect(confine('check', 'throws.ts')).rejects.toMatchObject({
        code: 3,
        stderr: expect.stringMatching(/^throws\.ts:3:1: the playbook can't be loaded: no such luck\n/),
      });
    });
  });
});
