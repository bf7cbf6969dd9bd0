import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { InputError } from '../../src/errors.ts';
import { renderDiagnostics } from '../../src/report/diagnostic.ts';

/** What test/golden/NAME.txt says the text should be; UPDATE_GOLDEN=1 writes the file anew. */
export function golden(name: string, text: string): string {
  const path = fileURLToPath(new URL(`${name}.txt`, import.meta.url));
  if (process.env['UPDATE_GOLDEN'] === '1' || !existsSync(path)) {
    if (process.env['CI'] !== undefined && process.env['UPDATE_GOLDEN'] !== '1')
      throw new Error(`${path} is missing: run the test with UPDATE_GOLDEN=1`);
    writeFileSync(path, `${text}\n`);
  }
  return readFileSync(path, 'utf8').slice(0, -1);
}

/** What a person sees of the findings that a step throws. */
export function findingsOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (error instanceof InputError) return renderDiagnostics(error.diagnostics);
    throw error;
  }
  return 'no findings';
}

/** The same for a step that waits. */
export async function findingsOfAsync(run: () => Promise<unknown>): Promise<string> {
  try {
    await run();
  } catch (error) {
    return findingsOf(() => {
      throw error;
    });
  }
  return 'no findings';
}
