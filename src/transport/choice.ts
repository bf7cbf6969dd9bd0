import type { SshConfig } from './ssh-config.ts';
import type { SshClient } from './transport.ts';

/** What `confine_transport` can say. */
export const transports = ['auto', 'ssh2', 'openssh'] as const;
export type TransportWish = (typeof transports)[number];

/** What ssh2 can't do, as far as it can be seen beforehand: each a place, for the reason. */
export interface Needs {
  readonly config: Pick<SshConfig, 'certificateFile' | 'gssapi' | 'pkcs11Provider' | 'proxyCommand'>;
  /** Certificates that lie beside key files, where ssh looks for them. */
  readonly certificates: readonly string[];
  /** Key files whose key is in a FIDO token. */
  readonly fido: readonly string[];
  /** The first certificate or FIDO key that the agent offers. */
  readonly offered: 'a certificate' | 'a FIDO key' | undefined;
  /** Whether Kerberos has a ticket for this user. */
  readonly ticket: boolean;
  /** Line of a known_hosts file that names an authority for the host. */
  readonly authority: string | undefined;
}

/** Which client speaks SSH with a host: ssh2, which is far quicker, unless the host needs more. Pure. */
export function chooseClient(wish: TransportWish, needs: Needs): SshClient {
  if (wish === 'openssh') return { by: 'openssh', why: 'confine_transport says so' };
  if (wish === 'ssh2') return { by: 'ssh2', why: 'confine_transport says so', or: undefined };
  const why = needOf(needs);
  return why === undefined
    ? { by: 'ssh2', why: 'nothing needs OpenSSH', or: 'openssh' }
    : { by: 'openssh', why };
}

/** One client for the whole way: OpenSSH where it is needed anywhere on it. */
export function clientForAll(last: SshClient, jump: SshClient | undefined): SshClient {
  return last.by === 'ssh2' && jump?.by === 'openssh'
    ? { by: 'openssh', why: `the way there needs it: ${jump.why}` }
    : last;
}

function needOf(needs: Needs): string | undefined {
  const { certificateFile, gssapi, pkcs11Provider, proxyCommand } = needs.config;
  if (proxyCommand !== undefined) return 'ssh_config has a ProxyCommand for it';
  if (certificateFile !== undefined) return `ssh_config names a certificate: ${certificateFile}`;
  if (pkcs11Provider !== undefined) return `ssh_config names a PKCS11Provider: ${pkcs11Provider}`;
  if (gssapi && needs.ticket)
    return 'ssh_config allows Kerberos (GSSAPIAuthentication), and there is a ticket';
  if (needs.certificates[0] !== undefined) return `there is a certificate: ${needs.certificates[0]}`;
  if (needs.fido[0] !== undefined) return `a FIDO token holds the key: ${needs.fido[0]}`;
  if (needs.offered !== undefined) return `the agent offers ${needs.offered}`;
  if (needs.authority !== undefined) return `${needs.authority} names a certificate authority for it`;
  return undefined;
}
