// Prints the closing line of a test run from vitest's JSON reports; a skipped test fails in CI.
import { readFileSync } from 'node:fs';

const reports = process.argv.slice(2).map((file) => JSON.parse(readFileSync(file, 'utf8')));
const sum = (...keys) => reports.flatMap((it) => keys.map((key) => it[key])).reduce((a, b) => a + b, 0);
const skipped = sum('numPendingTests', 'numTodoTests');
const failed = Math.max(sum('numFailedTests'), sum('numFailedTestSuites') > 0 ? 1 : 0);
console.log(`${sum('numPassedTests')} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`);
if (failed > 0 || reports.some((it) => it.numTotalTests === 0)) process.exitCode = 1;
if (process.env.CI && skipped > 0) {
  console.error('in CI nothing may be skipped');
  process.exitCode = 1;
}
