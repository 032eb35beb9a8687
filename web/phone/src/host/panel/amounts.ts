/** Yuan as people type them, into fen; no float on the way. */

/** `1,234.5` → `123450`; what is no amount with at most two decimals gives nothing. */
export function fenOf(text: string): number | undefined {
  const parts = /^(\d{1,12})(?:\.(\d{1,2}))?$/.exec(text.trim().replace(/[,¥\s]/g, ''));
  if (parts === null) return undefined;
  return Number(`${parts[1]}${(parts[2] ?? '').padEnd(2, '0')}`);
}
