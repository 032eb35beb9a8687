/**
 * What the host page and the guest frame say to each other. They live on different origins, so this is
 * all the guest can do: the host performs what it is asked, for the one mini program that the frame holds.
 */

/** What the guest learns when it starts. */
export interface Launch {
  readonly appid: string;
  readonly user: string;
  /** `wx.getExtConfigSync()`. */
  readonly ext: Readonly<Record<string, unknown>>;
  /** What the program has stored before; see the notice `storage`. */
  readonly stored: Readonly<Record<string, string>>;
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly language: 'zh_CN' | 'en';
  readonly status_bar_height: number;
}

export interface HttpCall {
  readonly url: string;
  readonly method: string;
  readonly header: Readonly<Record<string, string>>;
  readonly data?: string;
  readonly data_base64?: string;
  readonly timeout_ms: number;
}

export interface HttpResult {
  readonly statusCode: number;
  readonly header: Readonly<Record<string, string>>;
  readonly cookies: readonly string[];
  readonly body_base64: string;
}

/** The five strings of `wx.requestPayment`. */
export interface PaymentParams {
  readonly timeStamp: string;
  readonly nonceStr: string;
  readonly package: string;
  readonly signType: string;
  readonly paySign: string;
}

/** What a pressed phone-number button gives a program: a code, or a sentence that says why not. */
export interface PhoneNumber {
  readonly errMsg: string;
  readonly code?: string;
  readonly encryptedData?: string;
  readonly iv?: string;
}

/** `accept`, `reject` or `filter` by template, beside `errMsg` and, with a failure, `errCode`. */
export interface SubscribeAnswer {
  readonly errMsg: string;
  readonly errCode?: number;
  readonly [template_id: string]: unknown;
}

/** Of `wx.requestMerchantTransfer`. */
export interface TransferParams {
  readonly mchId: string;
  readonly appId: string;
  readonly package: string;
}

export type PaymentOutcome =
  | { readonly kind: 'ok' }
  | { readonly kind: 'cancel' }
  | { readonly kind: 'fail'; readonly detail: string };

export interface NavigationBar {
  readonly title: string;
  readonly background: string;
  readonly text_style: 'white' | 'black';
  readonly can_go_back: boolean;
  readonly loading: boolean;
  readonly route: string;
}

/** Calls of the guest that the host answers. */
export interface HostCalls {
  login: { args: Record<string, never>; result: { code: string } };
  request: { args: HttpCall; result: HttpResult };
  requestPayment: { args: PaymentParams; result: PaymentOutcome };
  /** `wx.requestMerchantTransfer`: the page on which a person takes money. */
  requestMerchantTransfer: { args: TransferParams; result: PaymentOutcome };
  /** Whether the session key of the latest login still stands. */
  checkSession: { args: Record<string, never>; result: { ok: boolean } };
  /** A press on `<button open-type="getPhoneNumber">`. */
  getPhoneNumber: { args: Record<string, never>; result: PhoneNumber };
  requestSubscribeMessage: { args: { tmplIds: readonly string[] }; result: SubscribeAnswer };
  setClipboard: { args: { text: string }; result: Record<string, never> };
}

/** Things the guest tells without waiting. */
export type GuestNotice =
  | { readonly kind: 'navigation'; readonly bar: NavigationBar }
  | { readonly kind: 'unsupported'; readonly api: string }
  /**
   * One entry of the program's storage was written, or removed when `value` is null. The host keeps it:
   * browsers may deny storage to a frame of another origin.
   */
  | { readonly kind: 'storage'; readonly key: string; readonly value: string | null }
  | { readonly kind: 'console'; readonly level: 'log' | 'warn' | 'error'; readonly text: string }
  | { readonly kind: 'exit' };

/** Things the host tells the guest. */
export type HostNotice =
  | { readonly kind: 'back' }
  | { readonly kind: 'show' }
  | { readonly kind: 'hide' }
  | { readonly kind: 'language'; readonly language: Launch['language'] };

export type CallName = keyof HostCalls;

export type FromGuest =
  | { readonly suanpan: 'hello' }
  | { readonly suanpan: 'call'; readonly id: number; readonly name: CallName; readonly args: unknown }
  | { readonly suanpan: 'abort'; readonly id: number }
  | { readonly suanpan: 'notice'; readonly notice: GuestNotice };

export type FromHost =
  | { readonly suanpan: 'launch'; readonly launch: Launch }
  | { readonly suanpan: 'answer'; readonly id: number; readonly result: unknown }
  | { readonly suanpan: 'refusal'; readonly id: number; readonly code: string; readonly message: string }
  | { readonly suanpan: 'notice'; readonly notice: HostNotice };

/** Whether `data` is one of ours at all; anything can post a message to a window. */
export function isEnvelope(data: unknown): data is { suanpan: string } {
  return typeof data === 'object' && data !== null && typeof (data as { suanpan?: unknown }).suanpan === 'string';
}
