/** Does things on several hosts at once, each on the first that is free. Where one fails, no further one is begun. */
export async function spread<H, T, R>(
  hosts: readonly H[],
  things: readonly T[],
  turn: (host: H, thing: T) => Promise<R>,
): Promise<readonly R[]> {
  const left = [...things];
  const done: R[] = [];
  const ends = await Promise.allSettled(
    hosts.map(async (host) => {
      try {
        for (let it = left.shift(); it !== undefined; it = left.shift()) done.push(await turn(host, it));
      } finally {
        left.length = 0;
      }
    }),
  );
  for (const it of ends) if (it.status === 'rejected') throw it.reason;
  return done;
}
