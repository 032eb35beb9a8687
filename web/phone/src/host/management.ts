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

export interface Invoke {
  readonly kind: 'miniprogram';
  readonly appid: string;
  readonly params: PaymentParams;
}

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
  readonly created_at: string;
  readonly expires_at: string;
  readonly user?: string;
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

export class Management {
  constructor(private readonly send: typeof fetch) {}

  async users(): Promise<readonly User[]> {
    return (await this.call<{ users: User[] }>('GET', '/api/fixture')).users;
  }

  async miniPrograms(): Promise<readonly MiniProgram[]> {
    return (await this.call<{ miniprograms: MiniProgram[] }>('GET', '/api/miniprograms')).miniprograms;
  }

  login(appid: string, user: string): Promise<{ code: string }> {
    return this.call('POST', '/api/login', { appid, user });
  }

  cashier(invoke: Invoke, user: string): Promise<CashierInfo> {
    return this.call('POST', '/api/cashier', { invoke, user });
  }

  /** Without a PIN nothing is asked: that is the one-tap option. */
  pay(invoke: Invoke, user: string, pin: string | undefined): Promise<Paid> {
    return this.call('POST', '/api/pay', { invoke, user, ...(pin === undefined ? {} : { pin }) });
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

  private async call<T>(method: string, path: string, body?: unknown, signal?: AbortSignal): Promise<T> {
    const answer = await this.send(path, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
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
