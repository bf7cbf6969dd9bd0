/** How a trip or a connection ended: the failure of its TransportError, or what else became of it. */
export function failureOf(end: PromiseSettledResult<unknown>): unknown {
  if (end.status === 'fulfilled') return 'fulfilled';
  const reason: unknown = end.reason;
  return reason instanceof Error && 'failure' in reason ? reason.failure : reason;
}
