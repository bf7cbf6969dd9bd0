import { InputError } from '../errors.ts';
import type { HostOutcome } from '../events.ts';
import { finishesAlone } from '../apply/outcome.ts';
import { TransportError, type TransportFailure } from '../transport/transport.ts';

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
  if (error instanceof TransportError && mayHaveBegun.includes(error.failure))
    return { is: 'unknown', reason: error.message, hint: finishesAlone };
  return outcomeOfError(error);
}

/** Others come before the script is started. */
const mayHaveBegun: readonly TransportFailure[] = ['lost', 'timeout', 'too-much-output'];
