/** Addresses that only the phone can open, and the path on every site's name that leads there. */

/** Whether `url` is on another origin, or no web address at all; what runs in the page is not. */
export function isElsewhere(url: string, here: Pick<Location, 'origin' | 'href'>): boolean {
  const { protocol, origin } = new URL(url, here.href);
  if (protocol === 'javascript:' || protocol === 'blob:' || protocol === 'data:' || protocol === 'about:') return false;
  return origin !== here.origin;
}

export function pastThePhone(url: string): string {
  return `/.suanpan/go?url=${encodeURIComponent(url)}`;
}
