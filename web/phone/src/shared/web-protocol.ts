/** What the host page and a web page in one of the phone's browsers say to each other. */

/** Of `WeixinJSBridge`. */
export interface BridgeResult {
  readonly err_msg: string;
  readonly err_desc?: string;
  readonly [member: string]: unknown;
}

export type FromPage =
  /** The page is there; also whenever its address or title has changed. */
  | { readonly suanpan: 'page'; readonly url: string; readonly title: string }
  /** It wants to go where the phone must take over; `referer` is what a server there would see. */
  | { readonly suanpan: 'leave'; readonly url: string; readonly referer: string }
  | { readonly suanpan: 'invoke'; readonly id: number; readonly name: string; readonly args: Readonly<Record<string, unknown>> };

export type ToPage =
  /** The bridge is ready: only now `WeixinJSBridge` exists, as late as on a slow phone. */
  | { readonly suanpan: 'welcome' }
  | { readonly suanpan: 'result'; readonly id: number; readonly result: BridgeResult }
  | { readonly suanpan: 'history'; readonly steps: number }
  | { readonly suanpan: 'reload' };
