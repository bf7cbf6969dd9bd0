import { spawnSync } from 'node:child_process';
import { resolve } from 'node:path';
import { HostName } from '../brand.ts';
import { InputError } from '../errors.ts';
import { findingAt, namedSpot, type Spot } from '../yaml/spot.ts';
import { describe, isMapping, quote } from '../yaml/values.ts';
import { draftGroup, draftHost, setGroupVar, setHostVar, type Draft } from './draft.ts';
import { groupNameTrouble } from './names.ts';
import type { Say } from './types.ts';
import { fixedVariable, nameTrouble } from './variable.ts';

/** Asking a cloud for its machines takes a while; a program that hangs must not hang confine. */
const patience = 120_000;
const maxOutput = 64 * 1024 * 1024;
const shownLines = 10;

/**
 * Runs an inventory program with `--list`, and adds what it prints to the draft, by the rules of Ansible's
 * plugins/inventory/script.py. Without `_meta` in the answer it is run with `--host NAME` for each host, too.
 * @param limit milliseconds that each run may take
 * @throws {InputError} where it fails, takes too long, or prints anything else
 */
export function addScript(draft: Draft, path: string, say: Say, limit = patience): void {
  const script = { draft, path, say, spot: namedSpot(path), limit };
  const answer = run(script, ['--list']);
  const hosts = new Set<HostName>();
  let known: unknown;
  for (const [name, body] of Object.entries(answer)) {
    if (name !== '_meta') addGroup(script, name, body, hosts);
    else if (isMapping(body)) known = body['hostvars'];
  }
  if (known !== undefined && !isMapping(known))
    throw broken(script, `"_meta.hostvars" must be an object, but is ${describe(known)}`);
  for (const host of hosts) {
    const vars = known === undefined ? run(script, ['--host', host]) : (known[host] ?? {});
    if (!isMapping(vars))
      throw broken(script, `the variables of "${host}" must be an object, but are ${describe(vars)}`);
    for (const [name, value] of variables(script, vars)) setHostVar(draft, host, name, value, say.error);
  }
}

interface Script {
  readonly draft: Draft;
  readonly path: string;
  readonly say: Say;
  readonly spot: Spot;
  readonly limit: number;
}

type Json = Readonly<Record<string, unknown>>;

function addGroup(script: Script, name: string, body: unknown, hosts: Set<HostName>): void {
  const { draft, spot, say } = script;
  const wrong = groupNameTrouble(name);
  if (wrong !== undefined) throw broken(script, wrong);
  draftGroup(draft, name);
  const group = isMapping(body) ? shorthand(name, body) : { hosts: body };
  if (group.hosts !== undefined && !Array.isArray(group.hosts))
    throw broken(script, `the hosts of "${name}" must be a list, but are ${describe(group.hosts)}`);
  for (const given of group.hosts ?? []) {
    const host = HostName.safeParse(given);
    if (!host.success) throw broken(script, `${describe(given)} in the group "${name}" cannot be a host`);
    hosts.add(host.data);
    draftHost(draft, host.data, name, () => spot.at);
  }
  if (group.vars !== undefined && !isMapping(group.vars))
    throw broken(script, `the variables of "${name}" must be an object, but are ${describe(group.vars)}`);
  for (const [key, value] of variables(script, group.vars ?? {}))
    setGroupVar(draft, name, key, value, say.error);
  if (group.children !== undefined && !Array.isArray(group.children))
    throw broken(script, `the children of "${name}" must be a list, but are ${describe(group.children)}`);
  for (const child of group.children ?? []) {
    const odd = typeof child === 'string' ? groupNameTrouble(child) : `${describe(child)} cannot be a group`;
    if (odd !== undefined) throw broken(script, odd);
    draftGroup(draft, child);
    draftGroup(draft, name).children.set(child, spot);
  }
}

/** An object without any key of a group is a host of that name, with its variables. */
function shorthand(name: string, body: Json): { hosts?: unknown; vars?: unknown; children?: unknown } {
  return ['hosts', 'vars', 'children'].some((key) => Object.hasOwn(body, key))
    ? body
    : { hosts: [name], vars: body };
}

function variables({ spot, say }: Script, values: Json) {
  return Object.entries(values).map(([name, value]) => {
    const odd = nameTrouble(name);
    if (odd !== undefined) say.warn(findingAt(spot, odd.message, odd.hint));
    return [name, fixedVariable(spot, value)] as const;
  });
}

/** The JSON object that a run of the program prints. */
function run(script: Script, args: readonly string[]): Json {
  const call = [script.path, ...args].join(' ');
  const { error, signal, status, stdout, stderr } = spawnSync(resolve(script.path), args, {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: script.limit,
    killSignal: 'SIGKILL',
    maxBuffer: maxOutput,
  });
  const said = stderr?.trimEnd().split('\n').slice(-shownLines).join('\n') ?? '';
  const because = said === '' ? 'it wrote nothing to stderr' : `its stderr ends with:\n${said}`;
  if (error !== undefined) throw broken(script, whyNotRun(error, call, script.limit), because);
  if (signal !== null) throw broken(script, `"${call}" was ended by ${signal}`, because);
  if (status !== 0) throw broken(script, `"${call}" failed with exit code ${status}`, because);
  if (said !== '' && args[0] === '--list')
    script.say.warn(findingAt(script.spot, `"${call}" wrote to stderr: ${quote(said)}`));
  // Programs answer --host with nothing where they know nothing.
  if (args[0] === '--host' && stdout.trim() === '') return {};
  const answer = parse(stdout);
  if (answer === undefined)
    throw broken(script, `"${call}" printed no JSON, but ${describe(stdout.trim())}`, because);
  if (isMapping(answer)) return answer;
  throw broken(script, `"${call}" must print a JSON object, but printed ${describe(answer)}`, because);
}

function whyNotRun(error: Error, call: string, limit: number): string {
  const code = 'code' in error ? error.code : undefined;
  if (code === 'ETIMEDOUT') return `"${call}" took longer than ${limit / 1000} seconds, and was ended`;
  if (code === 'ENOBUFS') return `"${call}" printed more than ${maxOutput / 1024 ** 2} MiB, and was ended`;
  if (code === 'ENOENT') return `"${call}" cannot be run: the interpreter in its first line is not there`;
  return `"${call}" cannot be run: ${error.message}`;
}

/** Undefined for what is no JSON. */
function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

function broken({ spot }: Script, message: string, hint?: string): InputError {
  return new InputError([findingAt(spot, message, hint)]);
}
