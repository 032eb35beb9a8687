/** Times as WeChat writes them (RFC 3339 with +08:00) are shown as written: the text holds Shanghai's time. */

/** `2026-11-20T20:03:01+08:00` → `20:03`. */
export function timeOf(rfc3339: string): string {
  return rfc3339.slice(11, 16);
}

/** `2026-11-20T20:03:01.123+08:00` → `2026-11-20 20:03:01`. */
export function dateTimeOf(rfc3339: string): string {
  return rfc3339.slice(0, 19).replace('T', ' ');
}

/** The next 10:00 in Shanghai on a later day than `now`: when bills are there. */
export function nextMorning(now: string): string {
  const tomorrow = new Date(`${now.slice(0, 10)}T00:00:00Z`);
  tomorrow.setUTCDate(tomorrow.getUTCDate() + 1);
  return `${tomorrow.toISOString().slice(0, 10)}T10:00:00+08:00`;
}

/** What a date field holds, as WeChat writes it; the field is read as Shanghai's time. */
export function ofField(value: string): string {
  return `${value.length === 16 ? `${value}:00` : value}+08:00`;
}
