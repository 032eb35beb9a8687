/** The simulator's management API, as far as the phone uses it. Field names are the wire's. */

import type { HttpCall, HttpResult, PaymentParams } from '../shared/protocol';

export interface User {
  readonly name: string;
  readonly unionid: string;
  readonly openids: Readonly<Record<string, string>>;
}

export interface MiniProgram {
  readonly appid: string;
  readonly name: string;
  readonly path?: string;
  readonly ext?: Readonly<Record<string, unknown>>;
}

export interface App {
  readonly appid: string;
  readonly kind: 'miniprogram' | 'official_account' | 'app';
}

/** Who exists. */
export interface Fixture {
  readonly users: readonly User[];
  readonly apps: readonly App[];
}

/** What a front end hands to the cashier, as it came: checking it is the simulator's business. */
export interface Invoke {
  readonly kind: 'miniprogram' | 'jsapi' | 'app';
  readonly appid: string;
  readonly params: PaymentParams | Readonly<Record<string, unknown>>;
}

/** The ways into the cashier. */
export type PayBy =
  | { readonly invoke: Invoke }
  | { readonly code_url: string }
  /** `page` is the `Referer` the jump page sees, empty when there is none. */
  | { readonly h5_url: string; readonly page: string }
  | { readonly prepay_id: string };

export interface PayMethod {
  readonly id: string;
  readonly name: string;
  readonly balance_fen: number;
}

export interface CashierInfo {
  readonly merchant_name: string;
  readonly description: string;
  readonly amount_fen: number;
  readonly out_trade_no: string;
  readonly methods: readonly PayMethod[];
  readonly expires_at: string;
}

export interface WalletMessage {
  readonly id: string;
  readonly at: string;
  readonly kind: 'payment' | 'refund';
  readonly merchant_name: string;
  readonly amount_fen: number;
  readonly description: string;
}

export interface Wallet {
  readonly balance_fen: number;
  readonly messages: readonly WalletMessage[];
}

export interface OrderRow {
  readonly out_trade_no: string;
  readonly mchid: string;
  readonly appid: string;
  readonly description: string;
  readonly amount_fen: number;
  readonly trade_state: string;
  readonly trade_type: string;
  readonly created_at: string;
  readonly expires_at: string;
  readonly user?: string;
  /** What stands in the order's QR code, while it can be scanned. */
  readonly code_url?: string;
}

export interface ClockFace {
  readonly now: string;
  readonly wall_now: string;
}

export interface Fault {
  readonly name: string;
  readonly match?: unknown;
  readonly probability?: number;
  readonly count?: number;
}

export interface Message {
  readonly id: string;
  readonly at: string;
  readonly direction: string;
  readonly kind: string;
  readonly method: string;
  readonly url: string;
  readonly status?: number | null;
  readonly headers: unknown;
  readonly body: unknown;
  readonly canonical?: string | null;
  readonly verdict?: unknown;
  readonly decrypted?: unknown;
}

export interface Paid {
  readonly trade_state: string;
  /** What the front end is to hear: under a fault it may differ from the truth, as on a real phone. */
  readonly err_msg?: string;
}

/** A problem document; `detail` is meant for a reader. */
export class ManagementError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    detail: string,
    readonly document: Readonly<Record<string, unknown>> = {},
  ) {
    super(detail);
  }
}

interface Body {
  readonly type: string;
  readonly content: string | Uint8Array<ArrayBuffer>;
}

export class Management {
  constructor(private readonly send: typeof fetch) {}

  fixture(): Promise<Fixture> {
    return this.call('GET', '/api/fixture');
  }

  async miniPrograms(): Promise<readonly MiniProgram[]> {
    return (await this.call<{ miniprograms: MiniProgram[] }>('GET', '/api/miniprograms')).miniprograms;
  }

  login(appid: string, user: string): Promise<{ code: string }> {
    return this.call('POST', '/api/login', { appid, user });
  }

  cashier(by: PayBy, user: string): Promise<CashierInfo> {
    return this.call('POST', '/api/cashier', { ...by, user });
  }

  /** Without a PIN nothing is asked: that is the one-tap option. */
  pay(by: PayBy, user: string, pin: string | undefined): Promise<Paid> {
    return this.call('POST', '/api/pay', { ...by, user, ...(pin === undefined ? {} : { pin }) });
  }

  /** The address under which the phone shows a page. */
  async visit(url: string, user: string, inside: 'wechat' | 'browser'): Promise<string> {
    const query = new URLSearchParams({ url, user, inside });
    return (await this.call<{ url: string }>('GET', `/api/phone/visit?${query}`)).url;
  }

  /** What the QR codes in a picture say; `luma` holds one byte of brightness for each pixel. */
  async scan(width: number, height: number, luma: Uint8Array): Promise<readonly string[]> {
    const path = `/api/phone/scan?width=${width}&height=${height}`;
    const body = { type: 'application/octet-stream', content: luma as Uint8Array<ArrayBuffer> };
    return (await this.exchange<{ texts: string[] }>('POST', path, body)).texts;
  }

  request(appid: string, call: HttpCall, signal: AbortSignal): Promise<HttpResult> {
    return this.call('POST', '/api/phone/request', { appid, ...call }, signal);
  }

  wallet(user: string): Promise<Wallet> {
    return this.call('GET', `/api/users/${encodeURIComponent(user)}/wallet`);
  }

  async orders(): Promise<readonly OrderRow[]> {
    return (await this.call<{ orders: OrderRow[] }>('GET', '/api/orders')).orders;
  }

  clock(): Promise<ClockFace> {
    return this.call('GET', '/api/clock');
  }

  advance(seconds: number): Promise<{ now: string; fired: readonly unknown[] }> {
    return this.call('POST', '/api/clock/advance', { seconds });
  }

  async faults(): Promise<readonly Fault[]> {
    const answer = await this.call<Fault[] | { faults: Fault[] }>('GET', '/api/faults');
    return Array.isArray(answer) ? answer : answer.faults;
  }

  async setFaults(faults: readonly Fault[]): Promise<void> {
    await this.call('PUT', '/api/faults', faults);
  }

  async messages(out_trade_no?: string): Promise<readonly Message[]> {
    const query = out_trade_no === undefined ? '' : `?out_trade_no=${encodeURIComponent(out_trade_no)}`;
    return (await this.call<{ messages: Message[] }>('GET', `/api/messages${query}`)).messages;
  }

  /** Freshly signed, or byte for byte as it was. */
  async resend(message_id: string, verbatim: boolean): Promise<void> {
    await this.call('POST', '/api/notify/resend', { message_id, verbatim });
  }

  private call<T>(method: string, path: string, body?: unknown, signal?: AbortSignal): Promise<T> {
    const json = body === undefined ? undefined : { type: 'application/json', content: JSON.stringify(body) };
    return this.exchange(method, path, json, signal);
  }

  private async exchange<T>(method: string, path: string, body: Body | undefined, signal?: AbortSignal): Promise<T> {
    const answer = await this.send(path, {
      method,
      ...(body === undefined ? {} : { body: body.content, headers: { 'content-type': body.type } }),
      ...(signal === undefined ? {} : { signal }),
    });
    const text = await answer.text();
    const document = (text === '' ? {} : JSON.parse(text)) as Record<string, unknown>;
    if (answer.ok) return document as T;
    const code = String(document['code'] ?? `http_${answer.status}`);
    const detail = String(document['detail'] ?? document['title'] ?? answer.statusText);
    throw new ManagementError(answer.status, code, detail, document);
  }
}

export type ChangeKind = 'order' | 'message' | 'wallet' | 'clock' | 'fault' | 'identity' | 'miniprogram';

/** Everything the simulator tells as it happens; the browser reconnects by itself. */
export function watchChanges(onChange: (kind: ChangeKind | 'reconnected') => void): void {
  const source = new EventSource('/api/events');
  let wasLost = false;
  source.addEventListener('open', () => {
    if (wasLost) onChange('reconnected');
    wasLost = false;
  });
  source.addEventListener('error', () => {
    wasLost = true;
  });
  source.addEventListener('change', ({ data }) => {
    onChange((JSON.parse(data as string) as { kind: ChangeKind }).kind);
  });
}
