import type { Origin } from '../inventory/origin.ts';
import { shownVariable } from '../secret.ts';
import { shown } from './shown.ts';
import { table } from './table.ts';

/** A variable of a host, the place that it comes from, and what that beat. */
export function originText(host: string, name: string, winner: Origin, beaten: readonly Origin[]): string {
  const rows = [winner, ...beaten].map((it, i) => [
    i === 0 ? 'from' : i === 1 ? 'over' : '',
    placeOf(it),
    it.from,
    i === 0 ? '' : valueText(name, it),
  ]);
  return `${name} of ${host} is ${valueText(name, winner)}\n${table(rows[0] ?? [], rows.slice(1))}`;
}

/** The command line has no lines. */
const placeOf = ({ at }: Origin): string =>
  /^[-(]/.test(at.file) ? at.file : `${at.file}:${at.line}:${at.col}`;

const valueText = (name: string, { value }: Origin): string =>
  shown(JSON.stringify(shownVariable(name, value)));
