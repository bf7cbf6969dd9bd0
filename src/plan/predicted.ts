import type { Known } from '../observe/observation.ts';
import { absent, value } from '../observe/observation.ts';
import { sameNode, type Node } from '../resources/file.ts';
import type { PredictedHost } from '../resources/predicted-host.ts';
import type { LoadedProfile } from '../resources/profile.ts';
import type { Unit } from '../resources/unit.ts';
import { tightensRules } from './rules.ts';

/** A host as it was observed, before any planned change. */
export function predictedHost(): PredictedHost {
  const packages = new Set<string>();
  const nodes = new Map<string, { first: Known<Node>; now: Known<Node>; turn: number }>();
  const profiles = new Map<string, { loaded: Known<LoadedProfile>; turn: number }>();
  const units = new Map<string, { running?: boolean; enabled?: boolean; reload: number; restart: number }>();
  let turn = 0;

  const unit = (name: string) => units.get(name) ?? { reload: 0, restart: 0 };
  const lastTouch = (it: Unit): number =>
    Math.max(
      0,
      ...[...nodes]
        .filter(([path]) => belongsToUnit(path, it))
        .filter(([, node]) => !sameNode(node.first, node.now))
        .map(([, node]) => node.turn),
    );

  return {
    packages,
    node: (path) => nodes.get(path)?.now,
    profile: (name) => {
      const it = profiles.get(name);
      return it && { loaded: it.loaded, policy: 'current' };
    },
    unit: (name) => {
      const it = unit(name);
      const touched = Math.max(0, ...[...nodes.values()].map((node) => node.turn));
      return { ...it, reloaded: it.reload > touched, restarted: it.restart > 0 && it.restart > touched };
    },
    touchesUnit: (it) => lastTouch(it) > unit(it.name).restart,
    policyFiles: (profile) => {
      const loadedAt = profiles.get(profile.header.name)?.turn ?? 0;
      const touched = [profile.file, profile.local].flatMap((it) => {
        const node = nodes.get(it.path);
        return node && node.turn > loadedAt && !sameNode(node.first, node.now) ? [node] : [];
      });
      if (touched.length === 0) return 'same';
      return touched.some((node) => tightensRules(node.first, node.now)) ? 'tighter' : 'looser';
    },
    predict: (change) => {
      turn += 1;
      switch (change.change) {
        case 'file': {
          const first = nodes.get(change.path)?.first ?? change.before;
          nodes.set(change.path, { first, now: change.after, turn });
          return;
        }
        case 'package':
          packages.add(change.name);
          return;
        case 'profile': {
          const loaded =
            change.to === 'absent'
              ? absent
              : value({ name: change.name, mode: change.to, attach: '', hash: '', raw: '' });
          profiles.set(change.name, { loaded, turn });
          return;
        }
        case 'daemon-reload':
          units.set(change.unit, { ...unit(change.unit), reload: turn });
          return;
        case 'enable':
        case 'disable':
          units.set(change.unit, { ...unit(change.unit), enabled: change.change === 'enable' });
          return;
        case 'backlog':
        case 'reload':
          return;
        case 'start':
        case 'restart':
        case 'stop':
          units.set(change.unit, { ...unit(change.unit), running: change.change !== 'stop', restart: turn });
          return;
      }
    },
  };
}

/** systemd reads the fragment, and drop-ins from the `.d` folder of every name of the unit (systemd.unit(5)). */
function belongsToUnit(path: string, unit: Unit): boolean {
  return (
    unit.parts.some((part) => part.path === path) ||
    unit.names.some(
      (name) => /^\/(etc|run|usr\/lib|lib)\/systemd\/system\//.test(path) && path.includes(`/${name}.d/`),
    )
  );
}
