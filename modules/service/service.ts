import { z } from 'zod';
import { defineModule, desire, existing, probe, UnitName } from '../../src/module-api.ts';

export const service = defineModule({
  name: 'service',
  summary: 'A unit that is enabled and runs as declared; it restarts when the running process is another one',
  example: `service: { unit: named.service, enabled: true, state: running }`,
  params: z.strictObject({
    unit: UnitName.describe('The unit; an alias like bind9.service is resolved to the real one.'),
    enabled: z.boolean().optional().describe('Whether it starts at boot. Left out: as it is.'),
    state: z
      .enum(['running', 'stopped'])
      .optional()
      .describe(
        'Left out: as it is; a unit that runs is still restarted when its process is not what is declared.',
      ),
  }),
  observe: ({ unit }) => ({ unit: probe.unit(unit) }),
  desire: ({ unit, enabled, state }, seen) => [
    desire.unit(existing(unit, seen.unit), {
      loaded: 'current',
      ...(enabled === undefined ? {} : { enabled }),
      ...(state === undefined ? {} : { running: state === 'running' }),
    }),
  ],
});
