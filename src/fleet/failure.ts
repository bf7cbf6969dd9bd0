import { InputError } from '../errors.ts';
import type { HostOutcome } from '../events.ts';
import { TransportError } from '../transport/transport.ts';

export const interrupted: HostOutcome = { is: 'untouched', because: 'interrupted' };

/**
 * What an error means for the host it came up on. None ends the run: even a defect of confine on one host
 * says nothing about the others.
 */
export function outcomeOfError(error: unknown): HostOutcome {
  if (error instanceof TransportError)
    return { is: 'unreachable', failure: error.failure, reason: error.message, hint: error.hint };
  if (error instanceof InputError) return { is: 'rejected', diagnostics: error.diagnostics };
  if (error instanceof Error)
    return { is: 'crashed', reason: error.message, stack: error.stack ?? error.message };
  return { is: 'crashed', reason: String(error), stack: String(error) };
}

/**
 * The same for an error behind the moment at which the host began to change: a lost connection ends nothing
 * there, because the transaction runs detached from it.
 */
export function outcomeOfApplyError(error: unknown): HostOutcome {
  const outcome = outcomeOfError(error);
  return outcome.is === 'unreachable'
    ? { ...outcome, hint: 'the host finishes by itself and keeps its outcome: confine status shows it' }
    : outcome;
}
