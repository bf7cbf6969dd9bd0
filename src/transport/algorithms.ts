import type { Algorithms, ServerHostKeyAlgorithm } from 'ssh2';

/** What confine speaks: no SHA-1, no CBC, no DSA, whatever ssh2 would still allow. The first are the fastest. */
const kex = [
  'curve25519-sha256',
  'curve25519-sha256@libssh.org',
  'ecdh-sha2-nistp256',
  'ecdh-sha2-nistp384',
  'ecdh-sha2-nistp521',
  'diffie-hellman-group-exchange-sha256',
  'diffie-hellman-group16-sha512',
  'diffie-hellman-group18-sha512',
  'diffie-hellman-group14-sha256',
] as const;

const cipher = [
  'aes128-gcm@openssh.com',
  'aes256-gcm@openssh.com',
  'chacha20-poly1305@openssh.com',
  'aes128-ctr',
  'aes192-ctr',
  'aes256-ctr',
] as const;

const hmac = [
  'hmac-sha2-256-etm@openssh.com',
  'hmac-sha2-512-etm@openssh.com',
  'hmac-sha2-256',
  'hmac-sha2-512',
] as const;

const serverHostKey = [
  'ssh-ed25519',
  'ecdsa-sha2-nistp256',
  'ecdsa-sha2-nistp384',
  'ecdsa-sha2-nistp521',
  'rsa-sha2-512',
  'rsa-sha2-256',
] as const;

/** The algorithms for a host, its known key types first: else a host known by one key looks changed. */
export function algorithmsFor(knownTypes: readonly string[]): Algorithms {
  const isKnown = (algorithm: string) =>
    knownTypes.includes(algorithm.startsWith('rsa-') ? 'ssh-rsa' : algorithm);
  const ordered: ServerHostKeyAlgorithm[] = [
    ...serverHostKey.filter(isKnown),
    ...serverHostKey.filter((algorithm) => !isKnown(algorithm)),
  ];
  return { kex: [...kex], cipher: [...cipher], hmac: [...hmac], serverHostKey: ordered, compress: ['none'] };
}
