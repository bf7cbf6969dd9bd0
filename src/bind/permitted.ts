import type { Mode } from '../resources/profile.ts';
import type { Unit } from '../lint/unit.ts';
import type { Access } from './access-probe.ts';
import { apparmorDenies } from './apparmor-denies.ts';
import { firejailDenies } from './firejail-denies.ts';
import { filesDeny } from './files-deny.ts';
import { sandboxDenies } from './sandbox.ts';
import type { Need } from './needs.ts';
import { missingTransitions } from './transitions.ts';

/** What stands between named and a path. */
export type Layer = 'AppArmor' | 'the sandbox' | 'Firejail' | 'file permissions';

/** A need that a layer does not permit. */
export interface Blocked {
  readonly layer: Layer;
  readonly need: Need;
  /** Where the path of the need leads: what is judged, and what a rule has to name. */
  readonly path: string;
  /** It bites now; else it only would: in enforce, or at the next reload. */
  readonly bites: boolean;
  /** What in the layer says so, as far as one thing does: `deny /srv/** w`, `ProtectSystem=strict`. */
  readonly by: string | undefined;
  /** What would permit it: a rule, a directive or a command. */
  readonly next: string;
}

/** All that named runs in. */
export interface Layers {
  readonly access: Access;
  /** The kernel's name of named's profile and its mode; undefined where none is loaded, or is about to be. */
  readonly profile: { readonly name: string; readonly mode: Mode } | undefined;
  /** named's unit. */
  readonly unit: Unit;
}

/** What named.conf needs, and the start of named, and any layer does not permit, in the order of the needs. */
export function blockedNeeds(layers: Layers): readonly Blocked[] {
  const { access, profile, unit } = layers;
  const above = new Set(access.needs.map(({ path }) => path.slice(0, path.lastIndexOf('/'))));
  const denied = access.needs.flatMap((need) => {
    const path = access.real(need.path);
    const found = access.stat(path);
    // By what is there (S_IFMT and S_IFDIR of stat(2)); where nothing is, by whether other needs lie in it.
    const isFolder = found ? (found.mode & 0o170000) === 0o040000 : above.has(need.path);
    const judged = { need, path, isFolder };
    return [
      ...(profile ? apparmorDenies(judged, access, profile) : []),
      ...sandboxDenies(judged, unit),
      ...firejailDenies(judged, access.firejail, unit),
      ...filesDeny(judged, access),
    ];
  });
  return [...missingTransitions(layers), ...denied];
}

/** A need and where it leads. */
export interface Judged {
  readonly need: Need;
  readonly path: string;
  readonly isFolder: boolean;
}

/** A finding as one line for people. */
export function blockedText({ layer, need, path, bites, by, next }: Blocked): string {
  const leads = path === need.path ? '' : ` (it leads to ${path})`;
  const place = need.at ? `, ${need.at.file.slice(need.at.file.lastIndexOf('/') + 1)}:${need.at.line}` : '';
  const verb = layer === 'file permissions' ? 'block' : 'blocks';
  return `${layer} ${bites ? verb : 'would block'} ${need.path}${leads}: ${need.why}${place}${by === undefined ? '' : ` (${by})`}; ${next}`;
}
