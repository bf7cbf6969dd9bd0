import type { BindConfig } from '../bind/config.ts';
import { within, type Statement } from '../bind/named-conf.ts';

/** Something that BIND can do, and with which no tier of the sandbox was measured. */
export interface Feature {
  readonly name: string;
  /** What of it a sandbox or a profile may get in the way of. */
  readonly risk: string;
  readonly uses: (it: Statement) => boolean;
}

const starts = (pattern: RegExp) => (it: Statement) => pattern.test(it.words[0] ?? '');

/** Source: what the work-out of the tiers does not do (src/bind/workout.ts). */
const features: readonly Feature[] = [
  {
    name: 'DNS over TLS or HTTPS (tls, http)',
    risk: 'its keys and certificates have to be readable, also after they were renewed',
    uses: (it) => starts(/^(tls|http)$/)(it) || (starts(/^listen-on/)(it) && it.words.includes('tls')),
  },
  {
    name: 'dnstap',
    risk: 'it writes to a socket or a file of its own',
    uses: starts(/^dnstap(-output)?$/),
  },
  {
    name: 'GSS-TSIG (tkey-gssapi-*)',
    risk: 'it reads a keytab and Kerberos’ own files, and keeps a replay cache in /var/tmp',
    uses: starts(/^tkey-gssapi-/),
  },
  {
    name: 'DLZ or DynDB (dlz, dyndb)',
    risk: 'it loads a library, and does what that does: databases, sockets',
    uses: starts(/^(dlz|dyndb)$/),
  },
  {
    name: 'GeoIP (geoip-directory, geoip in an acl)',
    risk: 'its databases have to be readable',
    uses: starts(/^geoip(-directory)?$/),
  },
  {
    name: 'plugins (plugin)',
    risk: 'it loads libraries, and does what they do',
    uses: starts(/^plugin$/),
  },
];

/** The features in use that no tier was measured with. */
export function unmeasured({ statements }: Pick<BindConfig, 'statements'>): readonly Feature[] {
  const all = within(statements);
  return features.filter(({ uses }) => all.some(uses));
}
