import { expect, it } from 'vitest';
import { clustering } from '../../src/audit/cluster.ts';
import { denialsText } from '../../src/report/denials-text.ts';
import { palette } from '../../src/report/palette.ts';
import { access } from '../audit/records.ts';

it('a name that somebody chose can neither steer the terminal nor look like another line', () => {
  const all = clustering();
  all.add('ns1', access('/srv/\u001b[2J\n1 host, DENIED\u202e/x', 'r'));
  const text = denialsText(all.clusters(), palette(false), true);
  expect(text.split('\n')).toHaveLength(2);
  expect(text).toContain(': /srv/\\u001b[2J\\u000a1 host, DENIED\\u202e/x\n');
});
