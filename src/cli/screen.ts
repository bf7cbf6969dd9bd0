import { createLogUpdate } from 'log-update';
import type { Event } from '../events.ts';
import { frame, lively, noLive } from '../report/live.ts';
import type { Palette } from '../report/palette.ts';

/** Milliseconds between two frames. */
const pace = 100;

/** The live view at the terminal of stderr, below everything else that is written. */
export interface Screen {
  readonly note: (event: Event) => void;
  /** Writes above the view. */
  readonly above: (stream: NodeJS.WriteStream, text: string) => void;
  /** Takes the view away, until something happens again. */
  readonly hide: () => void;
  /** Takes it away for good, and gives the cursor back. */
  readonly end: () => void;
}

/** Seconds, from any start. */
export const clock = (): number => performance.now() / 1000;

/** Draws a view at most ten times a second, and only while something goes on. */
export function openScreen(paint: Palette): Screen {
  const terminal = process.stderr;
  const update = createLogUpdate(terminal);
  let live = noLive;
  let hidden = true;
  let drawn = -Infinity;
  const draw = (): void => {
    if (hidden) return;
    drawn = performance.now();
    const { columns, rows } = terminal;
    update(frame(live, clock(), { columns: columns || 80, rows: rows || 24 }, paint));
  };
  const due = (): boolean => performance.now() - drawn >= pace;
  const timer = setInterval(draw, pace).unref();
  const hide = (): void => {
    if (!hidden) update.clear();
    hidden = true;
    update.done();
  };
  const end = (): void => {
    clearInterval(timer);
    process.off('exit', end);
    hide();
  };
  // However the process ends, the cursor is back and no half of a view is left.
  process.on('exit', end);
  return {
    note: (event) => {
      live = lively(live, event, clock());
      if (event.event === 'run-started' || event.event === 'run-ended') return;
      hidden = false;
      if (due()) draw();
    },
    above: (stream, text) => {
      if (!hidden) update.clear();
      stream.write(text);
      if (due()) draw();
    },
    hide,
    end,
  };
}
