import { table } from '../../src/report/table.ts';

/** Prints the numbers of a suite of faults, as they are kept in docs/reliability.md. */
export function figures(title: string, rows: readonly Readonly<Record<string, string | number>>[]): void {
  const heads = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  const cells = rows.map((row) => heads.map((head) => String(row[head] ?? '-')));
  process.stdout.write(`\n${title}\n${table(heads, cells)}\n`);
}
