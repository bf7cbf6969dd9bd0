import type { Known } from '../observe/observation.ts';
import { endedBy, isAudit } from '../plan/holds.ts';
import type { HostPlan } from '../plan/types.ts';
import { preimage, type Node } from '../resources/file.ts';
import type { ProfileChange } from '../resources/profile.ts';
import type { Change } from '../resources/resources.ts';

/** A plan's changes as the supervisor on the host reads them, and the bytes that they put in place. */
export interface Manifest {
  /** Lines of tab-separated fields; `-` stands for an empty field. */
  readonly lines: readonly string[];
  /** Bytes by the number of their node. */
  readonly files: ReadonlyMap<number, Buffer>;
}

/**
 * Writes a plan as a manifest. Paths, names and modes are branded or come from the host's own answers, so no
 * field holds a tab or a newline; a link's target is checked here.
 * @throws {Error} for a field that a line can't hold
 */
export function manifest(plan: HostPlan): Manifest {
  const files = new Map<number, Buffer>();
  const lines: string[] = [];
  const add = (...fields: readonly (string | number)[]) => lines.push(fields.map(field).join('\t'));
  let node = 0;
  for (const change of plan.changes) {
    switch (change.change) {
      case 'file':
        node += 1;
        if (change.after.is === 'value' && change.after.value.is === 'file')
          files.set(node, change.after.value.content);
        add('node', node, change.path, ...nodeFields(change.after), preimage(change.before));
        break;
      case 'profile':
        if (change.copy) {
          node += 1;
          files.set(node, change.copy.content);
          add('audited', change.name, change.file, change.to, node, preimage(change.copy.of));
          break;
        }
        add('profile', change.name, change.file, change.from, change.to);
        if (loosens(change)) for (const unit of change.units) add('under', unit, change.name);
        for (const unit of rehearsed(change, plan))
          add('rehearse', change.name, change.file, change.to, unit);
        break;
      case 'backlog':
        add('backlog', change.from, change.to);
        break;
      case 'daemon-reload':
        add('daemon-reload', '-');
        break;
      case 'enable':
      case 'disable':
        add('enabled', change.unit, change.from, change.change);
        break;
      case 'start':
      case 'stop':
      case 'restart':
      case 'reload':
        add('run', change.unit, change.change);
        break;
      case 'package':
        break;
    }
  }
  for (const [name, it] of Object.entries(plan.basis))
    if (it.is === 'unit') add('unit', name, it.hash, it.needDaemonReload ? 'yes' : 'no');
    else for (const [path, was] of Object.entries(it.files)) add('source', path, was);
  for (const hold of endedBy(plan)) add('release', hold.id, isAudit(hold) ? 'stops' : 'breaks');
  for (const unit of verified(plan.changes)) add('verify', unit);
  for (const unit of plan.watch) add('watch', unit);
  for (const it of plan.expect)
    if (it.is === 'confined') add('expect', it.unit, it.profile, it.mode);
    else if (it.is === 'inside') add('inside', it.unit, it.program);
    else add('has', it.unit, it.trait);
  return { lines, files };
}

/** Whether a process is held less from now on, so that taking it back tightens. */
const loosens = ({ from, to }: ProfileChange): boolean =>
  (to === 'absent' || to === 'complain') && from !== to && from !== 'absent';

/**
 * The unit whose named will run under a profile that may deny more, if one is watched: its zones are loaded there before
 * anything is live.
 */
const rehearsed = (
  { name, tightens, units }: ProfileChange,
  { expect, watch }: HostPlan,
): readonly string[] =>
  !tightens
    ? []
    : watch
        .filter(
          (unit) =>
            units.some((it) => it === unit) ||
            expect.some((it) => it.is === 'confined' && it.unit === unit && it.profile === name),
        )
        .slice(0, 1);

function field(it: string | number): string {
  const text = String(it);
  if (/[\t\n\0]/.test(text))
    throw new Error(`a field of the manifest holds a control character: ${JSON.stringify(text)}`);
  return text === '' ? '-' : text;
}

function nodeFields(after: Known<Node>): readonly [string, string, string, string] {
  if (after.is === 'absent') return ['absent', '-', '-', '-'];
  const node = after.value;
  if (node.is === 'link') return ['link', '-', '-', node.target];
  if (node.is === 'file') return ['file', node.mode, `${node.owner}:${node.group}`, '-'];
  throw new Error(`confine makes no ${node.what}`);
}

/** Units with a changed drop-in, by the folder that it lies in. */
function verified(changes: readonly Change[]): ReadonlySet<string> {
  return new Set(
    changes.flatMap((it) => {
      const unit =
        it.change === 'file' ? /^\/etc\/systemd\/system\/([^/]+)\.d\//.exec(it.path)?.[1] : undefined;
      return unit === undefined ? [] : [unit];
    }),
  );
}
