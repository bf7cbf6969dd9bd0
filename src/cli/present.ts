import type { Emit } from '../events.ts';
import { palette } from '../report/palette.ts';
import { terminalRenderer, type Renderer } from '../report/terminal.ts';
import { colours, detailOf, isLive, type CommonOptions } from './options.ts';
import { warnings } from './say.ts';
import { clock, openScreen, type Screen } from './screen.ts';

/** How a run is shown. */
export interface Presenter {
  readonly emit: Emit;
  /** Shows what was held back, and has no live view in the way: before a question. */
  readonly settle: () => void;
  /** Nothing comes any more. */
  readonly end: () => void;
}

const nothing = (): void => {};

const view = (options: CommonOptions): Screen | undefined =>
  isLive(options) ? openScreen(palette(colours(options.color, process.stderr))) : undefined;

/** Shows the events of a run to a person. */
export function presenter(options: CommonOptions): Presenter {
  const screen = view(options);
  const write = (stream: NodeJS.WriteStream) => (text: string) =>
    screen ? screen.above(stream, `${text}\n`) : void stream.write(`${text}\n`);
  const out = write(process.stdout);
  const renderer = options.json
    ? silent
    : terminalRenderer({ out, err: write(process.stderr) }, palette(colours(options.color, process.stdout)), {
        detail: detailOf(options),
        live: screen !== undefined,
        now: clock,
      });
  return {
    emit: (event) => {
      if (event.event === 'run-ended') screen?.hide();
      renderer.emit(event);
      screen?.note(event);
    },
    settle: () => {
      screen?.hide();
      renderer.settle();
    },
    end: () => screen?.end(),
  };
}

/** Who asked for JSON reads the events themselves. */
const silent: Renderer = { emit: nothing, settle: nothing };

/** The same for a command whose table is the data: warnings, and where there is a terminal how far it is. */
export function watcher(
  command: string,
  hosts: readonly { readonly host: string }[],
  options: CommonOptions,
): Presenter {
  const screen = view(options);
  screen?.note({
    event: 'run-started',
    schemaVersion: 1,
    command,
    version: '',
    commit: '',
    hosts: hosts.map(({ host }) => host),
    members: [],
  });
  return {
    emit: (event) => {
      if (event.event === 'warning' && !(options.quiet && event.host !== undefined)) {
        screen?.hide();
        warnings(event);
      }
      screen?.note(event);
    },
    settle: () => screen?.hide(),
    end: () => screen?.end(),
  };
}
