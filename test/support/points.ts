import type { LabHandle } from '../../src/lab/hosts.ts';
import { on } from './lab.ts';
import { shQuote } from '../../src/quote.ts';

/** Commands by which a supervisor changes something. */
const commands = 'sync mv cp rm rmdir mkdir ln chown chmod systemctl apparmor_parser';

/**
 * Stands before a real command in the supervisor's PATH. It counts, though some run side by side, and at one number it
 * does what a test wants: so a supervisor can be broken right before each thing that it does, without a hook in it and
 * without timing.
 */
const point = `#!/bin/sh
name=\${0##*/}
real=/usr/bin/$name
[ -x "$real" ] || real=/usr/sbin/$name
if grep -q 'confine-.*-\\(run\\|undo\\)\\.service' /proc/self/cgroup; then
  n=$(flock /usr/local/lib/fault/lock sh -c 'echo "$*" >>/usr/local/lib/fault/calls; wc -l </usr/local/lib/fault/calls' sh "$name" "$@")
  if [ "$n" = "$(cat /usr/local/lib/fault/at)" ]; then
    . /usr/local/lib/fault/action
  fi
fi
exec "$real" "$@"
`;

/** What happens at a point, as shell; \`$name\` is the command, which follows unless the action ends. */
export const actions = {
  nothing: ':',
  /** The supervisor and all that it has started are gone before the command. */
  killed:
    "unit=$(sed -n 's#.*/\\(confine-[^/]*\\.service\\).*#\\1#p' /proc/self/cgroup | head -n 1); " +
    'kill -9 "$(/usr/bin/systemctl show -p MainPID --value "$unit")"; exit 137',
  fails: 'echo "$name: Input/output error" >&2; exit 1',
} as const;

/** Puts the points into a host. */
export async function pointed(host: LabHandle): Promise<void> {
  await host.run(
    `mkdir -p /usr/local/lib/fault && cat >/usr/local/lib/fault/point && chmod +x /usr/local/lib/fault/point && for it in ${commands}; do ln -sf /usr/local/lib/fault/point /usr/local/bin/$it; done`,
    point,
  );
}

/** Takes them out. */
export const unpointed = (host: LabHandle): Promise<string> =>
  on(host, `for it in ${commands}; do /usr/bin/rm -f /usr/local/bin/$it; done; rm -rf /usr/local/lib/fault`);

/** Has an action come at the point of that number, in the next transaction; earlier ones are forgotten. */
export const at = (host: LabHandle, number: number, action: string): Promise<string> =>
  on(
    host,
    `rm -rf /var/lib/confine/*; cd /usr/local/lib/fault && echo ${number} >at && : >calls && printf '%s\\n' ${shQuote(action)} >action`,
  );

/** The points that the last transaction came to, a command line each. */
export const points = async (host: LabHandle): Promise<readonly string[]> =>
  (await on(host, 'cat /usr/local/lib/fault/calls')).split('\n').filter(Boolean);

/** Says something if the last transaction came to the point that an action waits at. */
export const isReached = 'cd /usr/local/lib/fault && [ "$(wc -l <calls)" -lt "$(cat at)" ] || echo yes';

export const reached = async (host: LabHandle): Promise<boolean> => (await on(host, isReached)) !== '';
