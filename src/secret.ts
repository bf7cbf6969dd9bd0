/** Values that were revealed, each with the forms in which it could stand in a text. */
const known = new Map<string, readonly string[]>();

/** A shorter value is likely to be a part of other words; GitLab masks from this length, too. */
const leastMasked = 8;

const placeholder = '(secret)';

/** A value that must not be printed: every rendering of it is a placeholder. */
export class Secret {
  readonly #read: () => string;
  /** @param value or how it is read, once it is needed: a command that connects to no host needs no key. */
  constructor(value: string | (() => string)) {
    this.#read = typeof value === 'string' ? () => value : value;
  }
  /** @throws {InputError} where it can't be read from its source */
  reveal(): string {
    const value = this.#read();
    note(value);
    return value;
  }
  toString(): string {
    return placeholder;
  }
  toJSON(): string {
    return placeholder;
  }
  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return placeholder;
  }
}

/** The variables that are secret wherever they come from, by Ansible's names, the newest first. */
export const passwordVariables = {
  login: ['ansible_password', 'ansible_ssh_pass', 'ansible_ssh_password'],
  become: ['ansible_become_password', 'ansible_become_pass'],
} as const;

const secretNames: ReadonlySet<string> = new Set(Object.values(passwordVariables).flat());

export const isSecretName = (name: PropertyKey | undefined): boolean => secretNames.has(String(name));

/** Whether a secret is in any part of a value. */
export function holdsSecret(value: unknown): boolean {
  if (value instanceof Secret) return true;
  return typeof value === 'object' && value !== null && Object.values(value).some(holdsSecret);
}

/** `{ env: NAME }` in the place of a password: the name. */
export function environmentName(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null || !('env' in value)) return undefined;
  const { env, ...others } = value;
  return typeof env === 'string' && Object.keys(others).length === 0 ? env : undefined;
}

/** `{{ NAME }}` alone gives the value of another variable, whole. */
export const isReference = (text: string): boolean => /^\{\{-?\s*[A-Za-z_][\w.]*\s*-?\}\}$/.test(text);

/** A variable as it may be shown: only where a password comes from, never the password. */
export function shownVariable(name: string, value: unknown): unknown {
  if (!isSecretName(name) || environmentName(value) !== undefined) return value;
  return typeof value === 'string' && isReference(value) ? value : placeholder;
}

const passwordInLine = new RegExp(
  `\\b((?:${[...secretNames].join('|')})["']?\\s*[:=]\\s*)(?!\\{\\s*["']?env\\b|["']?\\{\\{)\\S.*$`,
);

/** A line of a file without the password in it, for messages about lines that could not be read as YAML, too. */
export const shownLine = (line: string): string => line.replace(passwordInLine, `$1${placeholder}`);

/**
 * A text without any secret that was revealed, in the forms that texts have them: as it is, or quoted for JSON, a shell or a
 * URL, or in base64 or hexadecimal. The second line behind the type: what reaches it was a defect.
 */
export function redact(text: string): string {
  let shown = text;
  for (const forms of known.values())
    for (const form of forms) if (shown.includes(form)) shown = shown.replaceAll(form, placeholder);
  return shown;
}

/** A copy of data in which no text, and no text in bytes, has a secret that was revealed. */
export function redactAll<T>(value: T): T;
export function redactAll(value: unknown): unknown {
  if (typeof value === 'string') return redact(value);
  if (Array.isArray(value)) return value.map((it: unknown) => redactAll(it));
  if (Buffer.isBuffer(value)) {
    const text = value.toString();
    const shown = redact(text);
    // Bytes that are no text come through as they are.
    return shown === text ? value : Buffer.from(shown);
  }
  if (typeof value !== 'object' || value === null || Object.getPrototypeOf(value) !== Object.prototype)
    return value;
  return Object.fromEntries(Object.entries(value).map(([key, it]) => [redact(key), redactAll(it)]));
}

function note(value: string): void {
  if (value.length < leastMasked || known.has(value)) return;
  const bytes = Buffer.from(value);
  // Longest first: a form can be a part of another one.
  const forms = new Set([
    value,
    JSON.stringify(value).slice(1, -1),
    value.replaceAll("'", "'\\''"),
    encodeURIComponent(value),
    bytes.toString('hex'),
    ...[0, 1, 2].map((shift) => base64Core(bytes, shift)),
  ]);
  known.set(
    value,
    [...forms].toSorted((a, b) => b.length - a.length),
  );
}

/** What base64 makes of bytes behind so many others, without the characters that its neighbours decide, too. */
function base64Core(bytes: Buffer, shift: number): string {
  const bits = 8 * (shift + bytes.length);
  return Buffer.concat([Buffer.alloc(shift), bytes])
    .toString('base64')
    .slice(Math.ceil((8 * shift) / 6), Math.floor(bits / 6));
}
