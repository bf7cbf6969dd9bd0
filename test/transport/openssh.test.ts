import { describe, expect, it } from 'vitest';

import { openSshFailure } from '../../src/transport/openssh-errors.ts';
import { forwardRefused } from '../../src/transport/openssh-said.ts';
import { TransportError } from '../../src/transport/transport.ts';
import type { RunStatus } from '../../src/transport/transport.ts';
import { createTrailer } from '../../src/transport/trailer.ts';
import type { Sshd } from '../support/sshd.ts';
import { sshTarget } from '../support/targets.ts';

const sshd: Sshd = {
  port: 2222,
  folder: '/f',
  key: '/f/id',
  knownHosts: '/f/known_hosts',
  hostKeys: {},
  log: () => '',
  stop: async () => {},
};
const target = sshTarget(sshd);

/** How an ssh that said this did not log in. */
function failure(text: string, late = false): readonly [string, string, string] {
  const { is, error } = openSshFailure(target, text, late, {
    refused: (_target, { offered, certificate }, revoked) =>
      new TransportError(
        target.host,
        revoked ? 'host-key-revoked' : 'host-key-unknown',
        `${offered?.type} ${offered?.fingerprint} ${certificate ?? ''}`.trim(),
      ),
  });
  return [is, error.failure, error.message];
}

describe('what ssh says of a login that failed', () => {
  it.each([
    [
      'ssh: Could not resolve hostname ns1: Name or service not known\r\n',
      ['failed', 'unreachable', 'the name 127.0.0.1 does not resolve'],
    ],
    [
      'ssh: Could not resolve hostname ns1: Temporary failure in name resolution\r\n',
      ['failed', 'unreachable', 'the name 127.0.0.1 could not be looked up'],
    ],
    [
      'ssh: connect to host 127.0.0.1 port 2222: No route to host\r\n',
      ['failed', 'unreachable', 'there is no route to 127.0.0.1:2222'],
    ],
    [
      'ssh: connect to host 127.0.0.1 port 2222: Connection timed out\r\n',
      ['failed', 'timeout', 'no answer from 127.0.0.1:2222'],
    ],
    [
      'debug1: Connection established.\r\nConnection timed out during banner exchange\r\n',
      ['failed', 'timeout', '127.0.0.1:2222 takes connections, but the SSH login was not done within 10 s'],
    ],
    [
      'kex_exchange_identification: Connection closed by remote host\r\nConnection closed by 127.0.0.1 port 2222\r\n',
      [
        'broken-early',
        'unreachable',
        '127.0.0.1:2222 broke the connection before the login (kex_exchange_identification: Connection closed by remote host / Connection closed by 127.0.0.1 port 2222)',
      ],
    ],
    [
      'Unable to negotiate with 127.0.0.1 port 2222: no matching host key type found. Their offer: ssh-dss\r\n',
      [
        'failed',
        'no-algorithm',
        'the SSH handshake with 127.0.0.1:2222 failed: no matching host key type found. Their offer: ssh-dss',
      ],
    ],
    [
      'debug1: Server host certificate: ssh-ed25519-cert-v01@openssh.com SHA256:abc, serial 0 ID "h" CA ssh-ed25519 SHA256:def valid forever\r\nCertificate invalid: expired\r\nHost key verification failed.\r\n',
      [
        'failed',
        'host-key-unknown',
        'ssh-ed25519-cert-v01@openssh.com SHA256:abc Certificate invalid: expired',
      ],
    ],
    [
      'debug1: Server host key: ssh-ed25519 SHA256:abc\r\n@       WARNING: REVOKED HOST KEY DETECTED!               @\r\nHost key verification failed.\r\n',
      ['failed', 'host-key-revoked', 'ssh-ed25519 SHA256:abc'],
    ],
    [
      'debug1: Next authentication method: publickey\r\nConnection closed by 127.0.0.1 port 2222\r\n',
      [
        'failed',
        'unreachable',
        '127.0.0.1:2222 ended the connection during the login of root: Connection closed by 127.0.0.1 port 2222',
      ],
    ],
    ['', ['failed', 'unreachable', 'ssh did not reach 127.0.0.1:2222: it ended without a word']],
  ])('%j', (text, expected) => {
    expect(failure(text)).toEqual(expected);
  });

  it('is told as late when it was ended here', () => {
    expect(failure('debug1: Connecting to ns1 port 22.\r\n', true)[1]).toBe('timeout');
  });

  it('of a jump host is found by the address that it did not reach', () => {
    const text =
      'channel 2: open failed: connect failed: Connection refused\r\n' +
      'debug1: channel 2: free: direct-tcpip: listening port 0 for 10.0.0.1 port 22, connect from 127.0.0.1 port 65535 to UNKNOWN port 65536, nchannels 3\r\n';
    expect(forwardRefused(text, '10.0.0.1', 22)).toBe('connect failed: Connection refused');
    expect(forwardRefused(text, '10.0.0.1', 23)).toBeUndefined();
    expect(forwardRefused(text, '10.0.0.2', 22)).toBeUndefined();
  });
});

describe('the trailer', () => {
  const mark = 'confine-exit-abc';
  function part(chunks: readonly string[]): {
    readonly text: string;
    readonly status: RunStatus | undefined;
  } {
    let text = '';
    let status: RunStatus | undefined;
    const trailer = createTrailer(
      mark,
      (chunk) => void (text += chunk.toString()),
      (given) => void (status = given),
    );
    for (const chunk of chunks) trailer.add(Buffer.from(chunk));
    trailer.flush();
    expect(trailer.found()).toBe(status !== undefined);
    return { text, status };
  }
  const whole = `err con confine-exit-ab no newline${mark} 3\nleft behind`;

  it('is found wherever the stream is cut, and nothing else is taken', () => {
    for (let at = 0; at <= whole.length; at += 1)
      for (let then = at; then <= whole.length; then += 7)
        expect(part([whole.slice(0, at), whole.slice(at, then), whole.slice(then)])).toEqual({
          text: 'err con confine-exit-ab no newlineleft behind',
          status: { is: 'exited', code: 3 },
        });
  });

  it('tells signals from codes', () => {
    expect(part([`${mark} 137\n`]).status).toEqual({ is: 'killed', signal: 'SIGKILL' });
    expect(part([`${mark} 255\n`]).status).toEqual({ is: 'exited', code: 255 });
  });

  it('that was cut off is given as it came', () => {
    expect(part([`x${mark} 1`])).toEqual({ text: `x${mark} 1`, status: undefined });
  });
});
