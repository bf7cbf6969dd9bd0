import type { LabHost } from './registry.ts';

/** The parts of the lab's work that take long enough to be shown. */
export type LabStep =
  'image' | 'disk' | 'accelerator' | 'first boot' | 'network' | 'start' | 'boot' | 'reset' | 'stop';

/** What the lab does, as it happens. Nothing in the lab prints: a renderer of the caller shows these. */
export type LabEvent =
  /** Another run holds what this one needs. */
  | { readonly is: 'waiting'; readonly why: string }
  | {
      readonly is: 'started';
      readonly step: LabStep;
      readonly host: string | undefined;
      readonly about: string;
    }
  /** A line of a tool at work. */
  | { readonly is: 'progress'; readonly step: LabStep; readonly line: string }
  | {
      readonly is: 'done';
      readonly step: LabStep;
      readonly host: string | undefined;
      readonly seconds: number;
    }
  /** The host answers over ssh, and BIND on it answers. */
  | { readonly is: 'up'; readonly host: LabHost }
  | { readonly is: 'down'; readonly host: string };

export type EmitLabEvent = (event: LabEvent) => void;

/** Runs `work` between a `started` and a `done` event. */
export async function timed<T>(
  emit: EmitLabEvent,
  step: LabStep,
  host: string | undefined,
  about: string,
  work: () => Promise<T>,
): Promise<T> {
  const start = performance.now();
  emit({ is: 'started', step, host, about });
  const result = await work();
  emit({ is: 'done', step, host, seconds: (performance.now() - start) / 1000 });
  return result;
}
