import { needsSudo } from './command.ts';
import type { BecomeGate } from './gate.ts';
import { createTrip } from './trip.ts';
import type { Trip, TripLimits } from './trip.ts';
import type { ConnectTarget, RunOptions, RunResult } from './transport.ts';

export interface TripTools {
  readonly gate: BecomeGate;
  readonly limits: TripLimits;
}

/** Makes a trip for a script and has `start` carry it; the same for every kind of connection. */
export async function runTrip(
  target: ConnectTarget,
  loginUser: string,
  script: string,
  options: RunOptions,
  tools: TripTools,
  start: (trip: Trip) => void,
): Promise<RunResult> {
  const elevated = options.asLoginUser !== true && needsSudo(target.become, loginUser);
  const trip = createTrip({
    host: target.host,
    become: elevated ? target.become : { is: 'no' },
    script,
    options,
    gate: tools.gate,
    limits: tools.limits,
  });
  start(trip);
  return trip.result;
}

/** The same promise; a caller that has not come to await it yet does not end the process when it rejects. */
export function handled<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => {});
  return promise;
}
