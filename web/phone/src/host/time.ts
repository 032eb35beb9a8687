/** Times as WeChat writes them (RFC 3339 with +08:00) are shown as written: the text holds Shanghai's time. */

/** `2026-11-20T20:03:01+08:00` → `20:03`. */
export function timeOf(rfc3339: string): string {
  return rfc3339.slice(11, 16);
}

/** `2026-11-20T20:03:01.123+08:00` → `2026-11-20 20:03:01`. */
export function dateTimeOf(rfc3339: string): string {
  return rfc3339.slice(0, 19).replace('T', ' ');
}
