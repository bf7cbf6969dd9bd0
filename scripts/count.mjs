// Prints the closing line of a test run from vitest's JSON report; a skipped test fails in CI.
import { readFileSync } from 'node:fs';

const { numPassedTests, numFailedTests, numPendingTests, numTodoTests, numFailedTestSuites, numTotalTests } =
  JSON.parse(readFileSync(process.argv[2], 'utf8'));
const skipped = numPendingTests + numTodoTests;
const failed = Math.max(numFailedTests, numFailedTestSuites > 0 ? 1 : 0);
console.log(`${numPassedTests} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`);
if (failed > 0 || numTotalTests === 0) process.exitCode = 1;
if (process.env.CI && skipped > 0) {
  console.error('in CI nothing may be skipped');
  process.exitCode = 1;
}
