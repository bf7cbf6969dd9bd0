/** A value, and whether it stood in quotes: only without them can it be hexadecimal. */
interface Field {
  readonly text: string;
  readonly quoted: boolean;
}

/** The fields of a record by their names, the first of each; or why they can't be read. */
export type Fields =
  | { readonly is: 'fields'; readonly of: ReadonlyMap<string, Field> }
  | { readonly is: 'damaged'; readonly why: string };

/** Names that auditd adds behind the record, so that numbers have a meaning elsewhere, too. */
const enriched = /(?<=[0-9"')?])(?=(?:[A-Z]{1,2}?(?:UID|GID)|ARCH|SYSCALL|SADDR|AUID|ID)=)/g;

/**
 * Reads `key=value` and `key="value"`, as the kernel's audit_log_format and audit_log_untrustedstring write them, with
 * what auditd adds behind the byte 0x1d; a viewer that drops that byte glues the two together.
 */
export function fieldsOf(body: string): Fields {
  const text = body.includes('\u001d') ? body.replaceAll('\u001d', ' ') : body.replace(enriched, ' ');
  const of = new Map<string, Field>();
  // A name begins where a word does: else a long word without "=" would be tried from each of its letters.
  for (const [, key = '', quote, inner, plain] of text.matchAll(
    /(?<![\w-])([\w-]+)=(?:(["'])((?:(?!\2).)*)(?:\2|$)|([^\s"']*))/gs,
  )) {
    const field: Field = { text: inner ?? plain ?? '', quoted: quote !== undefined };
    if (!of.has(key)) of.set(key, field);
  }
  const quotes = text.split('"').length - 1;
  return quotes % 2 === 0
    ? { is: 'fields', of }
    : { is: 'damaged', why: 'a quoted value has no end: the line was cut' };
}

/**
 * A value that somebody else than the kernel has chosen (a path, a command): in hexadecimal where it holds a space, a
 * quote, a control or a byte above 0x7e, and only then without quotes (audit_log_n_untrustedstring in kernel/audit.c).
 */
export function untrusted(field: Field | undefined): string | undefined {
  if (field === undefined || field.quoted) return field?.text;
  if (field.text === '(null)' || field.text === '?') return undefined;
  return /^([0-9A-F]{2})+$/.test(field.text) ? Buffer.from(field.text, 'hex').toString('utf8') : field.text;
}
