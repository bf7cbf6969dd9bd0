import { expect, it } from 'vitest';
import { HostName } from '../../src/brand.ts';
import { createBecomeGate } from '../../src/transport/gate.ts';
import type { Become } from '../../src/transport/transport.ts';
import { createTrip, tripLimits } from '../../src/transport/trip.ts';

it.each<Become>([{ is: 'no' }, { is: 'sudo', user: 'root', password: undefined }])(
  'a script that the host ended is told so where its start was heard of late ($is)',
  async (become) => {
    const host = HostName.parse('ns1');
    const options = { timeout: 0.05 };
    const trip = createTrip({
      host,
      become,
      script: 'sleep 60',
      options,
      gate: createBecomeGate(),
      limits: tripLimits,
    });
    // The host has begun, and ended it, before this process came to look.
    const seen = performance.now() + options.timeout * 1000;
    while (performance.now() < seen);
    trip.begin({ write: () => {}, end: () => {}, stop: () => {} });
    trip.exited({ is: 'exited', code: 124 });
    trip.closed();
    await expect(trip.result).rejects.toMatchObject({ failure: 'timeout' });
  },
);
