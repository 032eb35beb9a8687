/** Addresses of pages inside a mini program. */

import { resolvePath } from './modules';

export interface PageUrl {
  readonly path: string;
  readonly query: Record<string, string>;
}

/** Reads `url` as a page at `from` would mean it. */
export function parsePageUrl(from: string, url: string): PageUrl {
  const [target = '', ...rest] = url.split('?');
  const query: Record<string, string> = {};
  for (const pair of rest.join('?').split('&')) {
    if (pair === '') continue;
    const [key = '', ...value] = pair.split('=');
    // WeChat hands the values over as they are written; decoding is the page's own business.
    query[key] = value.join('=');
  }
  return { path: resolvePath(from, target.replace(/\.html$/, '')) ?? target, query };
}
