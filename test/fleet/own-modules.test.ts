import { beforeAll, expect, it } from 'vitest';
import type { ContainerHandle } from '../../src/lab/hosts.ts';
import { files } from '../golden/files.ts';
import { playbook } from '../support/confine.ts';
import { expectContract } from '../support/contract.ts';
import { apply, containers, surfaces } from '../support/lab.ts';
import { tutorial } from '../support/own-modules.ts';

let host: ContainerHandle;
beforeAll(async () => {
  [host] = (await containers(['c1'])) as [ContainerHandle];
});

const motd = { motd: { text: 'This host is confined.' } };

it('the module of the tutorial: its state comes, a second plan is empty, and undo gives back every byte', async () => {
  const own = ['-M', `${files(tutorial)}/modules`];
  await expectContract(
    host,
    { first: [], tasks: [motd], look: 'cat /etc/motd', seen: 'This host is confined.' },
    own,
  );
});

it('one that fails for this host leaves it as it was', async () => {
  const text =
    tutorial['modules/motd/motd.ts']?.replace('value({', "value((file as never)['no']['such'] ?? {") ?? '';
  const repository = files({ ...tutorial, 'modules/motd/motd.ts': text });
  const before = await surfaces(host);
  const ran = await apply(playbook([motd]), '-l', 'c1', '-M', `${repository}/modules`);
  expect(ran).toMatchObject({
    code: 3,
    stderr: expect.stringContaining('"desire" of the module "motd" failed'),
  });
  expect(await surfaces(host)).toBe(before);
});
