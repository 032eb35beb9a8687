/** Messages as text: laid out for reading, as a command for a terminal, and whole for comparing. */

import type { Message } from '../management';

/** Text as it is (JSON text laid out for reading), anything else as JSON. */
export function shown(value: unknown): string {
  if (value === undefined || value === null || value === '') return '';
  if (typeof value !== 'string') return JSON.stringify(value, null, 2);
  if (!/^\s*[{[]/.test(value)) return value;
  try {
    return JSON.stringify(JSON.parse(value), null, 2);
  } catch {
    return value;
  }
}

function headersOf({ headers }: Message): [string, string][] {
  if (typeof headers !== 'object' || headers === null) return [];
  return Object.entries(headers as Record<string, unknown>).map(([name, value]) => [name, String(value)]);
}

/** Set by every client by itself, and wrong when sent twice. */
const BY_CURL = new Set(['host', 'content-length', 'connection', 'transfer-encoding', 'accept-encoding']);

/** The request again, byte for byte, for a POSIX shell. `base` stands before a bare path. */
export function curlOf(message: Message, base: string): string {
  const url = /^https?:/.test(message.url) ? message.url : `${base}${message.url}`;
  const headers = headersOf(message).filter(([name]) => !BY_CURL.has(name.toLowerCase()));
  const body = typeof message.body === 'string' ? message.body : '';
  const parts = [
    `curl -X ${message.method} ${quoted(url)}`,
    ...headers.map(([name, value]) => `-H ${quoted(`${name}: ${value}`)}`),
    ...(body === '' ? [] : [`--data-binary ${quoted(body)}`]),
  ];
  return parts.join(' \\\n  ');
}

/** In single quotes nothing has a meaning but their end. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

/** Everything of a message that two of them may differ in. */
export function wholeOf(message: Message): string {
  const lines = [
    `${message.direction} ${message.kind}`,
    `${message.method} ${message.url}${message.status === undefined ? '' : ` → ${message.status}`}`,
    '',
    ...headersOf(message).map(([name, value]) => `${name}: ${value}`),
  ];
  const parts = [message.canonical, message.body, message.decrypted].map(shown).filter((part) => part !== '');
  return [lines.join('\n'), ...parts].join('\n\n');
}
