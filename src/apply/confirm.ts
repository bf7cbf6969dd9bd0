import { overs, type Reply } from '../bind/outside.ts';
import { shellSource } from '../observe/observe.ts';
import { sh } from '../quote.ts';
import { transactionFolder } from './session.ts';

/** A script that needs no root and leaves nothing. */
const trip = (sources: readonly string[], ...lines: readonly string[]): string =>
  ['LC_ALL=C; export LC_ALL', ...sources.map(shellSource), ...lines, ''].join('\n');

const scratch = `T=$(mktemp -d) || exit 1; trap 'rm -rf -- "$T"' EXIT`;

/** The script that says which zones of units answer with authority on their host, one a line. */
export const zonesTrip = (units: readonly string[]): string =>
  trip(['bind/start.sh', 'bind/health.sh', 'bind/outside.sh'], scratch, sh`zones_here ${units}`);

/** The script with which a peer asks another host for its zones. */
export const peerTrip = (address: string, zones: readonly string[]): string =>
  trip(
    ['bind/outside.sh'],
    scratch,
    // Zones are lines of a stream, and never code.
    sh`base64 -d <<'EOF' | seen_from_here ${address}`,
    Buffer.from(zones.map((it) => `${it}\n`).join(''))
      .toString('base64')
      .replace(/.{1,76}/g, '$&\n'),
    'EOF',
  );

/** Reads a peer's answer; what it does not mention has no reply. */
export function peerReplies(stdout: string, zones: readonly string[]): readonly Reply[] {
  const lines = stdout.split('\n').map((line) => line.split('\t'));
  return overs.flatMap((over) => {
    const own = lines.filter(([by]) => by === over);
    const broken = own.find(([, zone]) => zone === '*')?.[3];
    const answers = new Map(own.map(([, zone = '', ...answer]) => [zone.replace(/(.)\.$/, '$1'), answer]));
    return zones.flatMap((zone): Reply[] => {
      const [serial, why = broken] = answers.get(zone) ?? ['-'];
      if (serial !== undefined && /^\d+$/.test(serial))
        return [{ zone, over, is: 'serial', serial: Number(serial) }];
      return why === undefined ? [] : [{ zone, over, is: 'none', why }];
    });
  });
}

/** The script that gives a transaction the word it waits for. */
export const acknowledgeTrip = (id: string, nonce: string): string =>
  trip(['apply/acknowledge.sh'], sh`acknowledge ${transactionFolder(id)} ${nonce}`);

/** Why the host did not take the word; undefined where it did. */
export function refusedWord(stdout: string): string | undefined {
  const [line = ''] = stdout.split('\n');
  const [word, why = ''] = line.split('\t');
  return word === 'acknowledged' ? undefined : why || 'the host did not answer';
}
