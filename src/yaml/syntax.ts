import { YAMLException } from 'js-yaml';
import type { Diagnostic } from '../errors.ts';
import { findingAt, type SourceText } from './spot.ts';
import { limits } from './nodes.ts';

interface Explained {
  readonly message: string;
  readonly hint?: string;
}

const indentation: Explained = {
  message: 'the indentation of this line does not fit the lines around it',
  hint: 'keys of one mapping, and the dashes of one list, start in one column',
};

/** The parser's reasons that people meet, in their words. The first that is part of the reason counts. */
const reasons: readonly (readonly [part: string, explained: Explained])[] = [
  ['nesting exceeded maxDepth', { message: `nested deeper than ${limits.depth} levels` }],
  ['bad indentation of a sequence entry', indentation],
  ['bad indentation of a mapping entry', indentation],
  ['missed comma', { message: 'a comma is missing between these items' }],
  [
    'end of the stream or a document separator',
    {
      message: 'this line does not continue the lines above it',
      hint: 'a file is one list ("- …") or one mapping ("key: value"), not both; a space belongs after ":"',
    },
  ],
  [
    'multiline key',
    { message: 'this is not "key: value"', hint: 'a space belongs after ":", and a key is one line' },
  ],
  ["expected ':'", { message: 'this is not "key: value"', hint: 'a space belongs after ":"' }],
  [
    'unknown escape sequence',
    {
      message: 'this backslash means nothing inside double quotes',
      hint: "use single quotes: 'a\\b', or write \\\\",
    },
  ],
  [
    '!vault>',
    {
      message: 'a value of Ansible Vault cannot be read',
      hint: 'encrypt it by sops or age instead, or give the password of sudo by -K',
    },
  ],
  [
    'cannot merge mappings',
    { message: '"<<" merges mappings only', hint: 'write "<<: *anchor" where the anchor names a mapping' },
  ],
  ['maxTotalMergeKeys', { message: `"<<" merges more than ${limits.expanded} keys` }],
  ['maxAliases', { message: `more than ${limits.aliases} aliases in one file` }],
];

/** A tab or a control character breaks YAML far behind its place, so both are looked for first. */
export function findBadCharacter(source: SourceText): Diagnostic | undefined {
  const bad = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u0084\u0086-\u009f]/.exec(source.text);
  if (bad === null) return undefined;
  const code = bad[0].charCodeAt(0).toString(16).toUpperCase().padStart(4, '0');
  const name = bad[0] === '\0' ? 'a NUL character' : `a control character (U+${code})`;
  return findingAt(source.spot(bad.index), `${name} in a text file`, 'remove it, or save the file as UTF-8');
}

/** The finding for what the YAML parser threw. */
export function explainSyntax(source: SourceText, error: unknown): Diagnostic {
  if (!(error instanceof YAMLException)) throw error;
  const offset = Math.min(error.mark?.position ?? 0, source.text.length);
  const tab = tabNear(source.text, offset);
  if (tab !== undefined) return findingAt(source.spot(tab), 'a tab in the indentation', 'indent with spaces');
  const template = unquotedTemplate(source.text, offset);
  if (template !== undefined)
    return findingAt(
      source.spot(template.start, template.end),
      'a text that starts with {{ must be quoted',
      `quote it: "${source.text.slice(template.start, template.end)}"`,
    );
  if (/deficient indentation|end of the stream within a/.test(error.reason)) return unclosed(source, offset);
  const plain = plainTextTrouble(source.text, offset);
  if (plain !== undefined && /bad indentation of a mapping/.test(error.reason))
    return findingAt(source.spot(offset), plain, 'quote the whole text');
  const known = reasons.find(([part]) => error.reason.includes(part))?.[1];
  const place = source.spot(offset);
  if (known !== undefined) return findingAt(place, known.message, known.hint);
  const anchor = /^unidentified alias "(.*)"$/.exec(error.reason)?.[1];
  if (anchor !== undefined)
    return findingAt(
      source.spot(offset - 1, offset + anchor.length),
      `there is no anchor "&${anchor}" above this alias`,
      'quote the text if its "*" is meant literally',
    );
  const tag = /^unknown \w+ tag !<(.*)>$/.exec(error.reason)?.[1];
  if (tag !== undefined)
    return findingAt(
      place,
      `the YAML tag "${tag}" is not known`,
      'remove it, or quote the text if its "!" is meant literally',
    );
  return findingAt(place, `not valid YAML: ${error.reason}`);
}

/** Points at the quote or bracket before the offset that was left open. */
function unclosed(source: SourceText, offset: number): Diagnostic {
  const { text } = source;
  let closed = 0;
  for (let i = Math.min(offset, text.length) - 1; i >= 0; i--) {
    const char = text.charAt(i);
    const opensText = (char === '"' || char === "'") && /^$|[\s,[{]/.test(text.charAt(i - 1));
    if (char === ']' || char === '}') closed += 1;
    else if ((char === '[' || char === '{') && closed > 0) closed -= 1;
    else if (char === '[' || char === '{' || opensText) {
      const closing = char === '[' ? ']' : char === '{' ? '}' : char;
      return findingAt(source.spot(i), `this ${char} is not closed`, `add the closing ${closing}`);
    }
  }
  return findingAt(source.spot(offset), 'a quote or bracket above this line is not closed');
}

/** Why a text without quotes cannot go on at the offset. */
function plainTextTrouble(text: string, offset: number): string | undefined {
  const char = text.charAt(offset);
  if (/[@`%]/.test(char) && /[:-] +$/.test(text.slice(Math.max(0, offset - 20), offset)))
    return `a text cannot start with "${char}" without quotes`;
  const lineStart = text.lastIndexOf('\n', Math.max(0, offset - 1)) + 1;
  const line = text.slice(lineStart).split(/[\r\n]/, 1)[0] ?? '';
  if (/^[^"'#]*:\s[^"'#]*:(\s|$)/.test(line)) return 'a text with ": " in it needs quotes';
  if (/["']/.test(text.slice(lineStart, offset))) return 'more text after the closing quote';
  return undefined;
}

/** The first tab in the indentation of the offset's line or of the line above it. */
function tabNear(text: string, offset: number): number | undefined {
  const lineStart = text.lastIndexOf('\n', Math.max(0, offset - 1)) + 1;
  const above = text.lastIndexOf('\n', Math.max(0, lineStart - 2)) + 1;
  for (const start of [Math.min(above, lineStart), lineStart]) {
    const tab = /^ *(?:- *)*\t/.exec(text.slice(start, start + 1000))?.[0].length;
    if (tab !== undefined) return start + tab - 1;
  }
  return undefined;
}

/** The plain text of the offset's line that starts with `{{`. */
function unquotedTemplate(text: string, offset: number): { start: number; end: number } | undefined {
  const lineStart = text.lastIndexOf('\n', Math.max(0, offset - 1)) + 1;
  const line = text.slice(lineStart).split(/[\r\n]/, 1)[0] ?? '';
  const found = /(?:[:,[-] +|\[)(\{\{.*\S)/.exec(line);
  if (found?.[1] === undefined) return undefined;
  const start = lineStart + found.index + found[0].length - found[1].length;
  return { start, end: start + found[1].length };
}
