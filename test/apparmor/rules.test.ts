import { describe, expect, it } from 'vitest';
import { parseRule } from '../../src/apparmor/rules.ts';

const plain = { deny: false, audit: false, owner: false };

describe('a rule', () => {
  it.each([
    ['/srv/x rw,', { path: '/srv/x', permissions: new Set('rwa') }],
    ['rw /srv/x,', { path: '/srv/x', permissions: new Set('rwa') }],
    ['file rw /srv/x,', { path: '/srv/x', permissions: new Set('rwa') }],
    ['file /srv/x rk,', { path: '/srv/x', permissions: new Set('rk') }],
    ['/usr/lib/bind/*.so             rm,', { path: '/usr/lib/bind/*.so', permissions: new Set('rm') }],
    ['"/srv/my zones/**" r,', { path: '/srv/my zones/**', permissions: new Set('r') }],
    ['"/srv/q\\"q" r,', { path: '/srv/q"q', permissions: new Set('r') }],
    ['/srv/a\\ b r,', { path: '/srv/a\\ b', permissions: new Set('r') }],
    ['owner /p/** rw', { owner: true, path: '/p/**', permissions: new Set('rwa') }],
    ['audit deny owner /p w,', { audit: true, deny: true, owner: true, permissions: new Set('wa') }],
    ['allow /p r,', { deny: false, permissions: new Set('r') }],
    ['/bin/dash Pix -> other,', { path: '/bin/dash', exec: 'Pix', target: 'other', permissions: new Set() }],
    ['deny /bin/** mrwklx,', { deny: true, exec: 'x', permissions: new Set('mrwakl') }],
    ['file,', { path: undefined, permissions: new Set('rwalkm') }],
  ])('%s is about files', (text, expected) => {
    expect(parseRule(text)).toMatchObject({ ...plain, is: 'file', ...expected });
  });

  it.each([
    ['link subset /a -> /b,', { is: 'link', subset: true, path: '/a', target: '/b' }],
    ['capability,', { is: 'capability', names: [] }],
    [
      'deny capability CAP_sys_admin net_raw,',
      { is: 'capability', deny: true, names: ['sys_admin', 'net_raw'] },
    ],
    ['network,', { is: 'network', family: undefined, sockType: undefined }],
    ['network inet dgram,', { is: 'network', family: 'inet', sockType: 'dgram' }],
    ['network netlink raw,', { is: 'network', family: 'netlink', sockType: 'raw' }],
    ['network packet raw,', { is: 'network', family: 'packet', sockType: 'raw' }],
    ['network (create, bind) inet6 stream,', { permissions: ['create', 'bind'], family: 'inet6' }],
    ['network tcp,', { is: 'network', family: undefined, protocol: 'tcp' }],
    ['change_profile -> foo,', { is: 'other', kind: 'change_profile' }],
    ['mount fstype=tmpfs -> /mnt/,', { is: 'other', kind: 'mount' }],
    ['srv/bind/** r,', { is: 'unread' }],
    ['/srv/a rz,', { is: 'unread' }],
    ['/srv/a b r,', { is: 'unread' }],
    ['', { is: 'unread' }],
  ])('%s is read', (text, expected) => {
    expect(parseRule(text)).toMatchObject(expected);
  });

  it('keeps conditions of signals and sockets apart from what they permit', () => {
    expect(parseRule('signal (receive, send) set=("exists", term) peer=unconfined,')).toMatchObject({
      is: 'mediation',
      kind: 'signal',
      permissions: ['receive', 'send'],
      conditions: new Map([
        ['set', ['exists', 'term']],
        ['peer', ['unconfined']],
      ]),
    });
    expect(parseRule('unix (receive) type=stream peer=(label=unconfined, addr="@x"),')).toMatchObject({
      conditions: new Map([
        ['type', ['stream']],
        ['peer.label', ['unconfined']],
        ['peer.addr', ['@x']],
      ]),
    });
  });
});
