/** A clock that moves by hand, a server with one order, and a cashier that answers as told. */

import type { CashierReturn, Clock, HttpAnswer, HttpRequest, Platform, Visibility } from '../src/index';

export class FakeClock implements Clock {
  private time = 1_000_000;
  private timers: { at: number; callback: () => void }[] = [];

  now(): number {
    return this.time;
  }

  after(delay_ms: number, callback: () => void): () => void {
    const timer = { at: this.time + delay_ms, callback };
    this.timers.push(timer);
    return () => {
      this.timers = this.timers.filter((other) => other !== timer);
    };
  }

  /** Timers that are waiting: none may be left when a payment has come to rest. */
  get waiting(): number {
    return this.timers.length;
  }

  /** Lets everything happen that is due within `ms`, in order. */
  async advance(ms: number): Promise<void> {
    const end = this.time + ms;
    await settled();
    for (;;) {
      const next = this.timers.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0];
      if (next === undefined) break;
      this.time = next.at;
      this.timers = this.timers.filter((other) => other !== next);
      next.callback();
      await settled();
    }
    this.time = end;
  }
}

/** Lets every promise that can go on do so. */
export async function settled(): Promise<void> {
  for (let i = 0; i < 50; i += 1) await Promise.resolve();
}

export type Reply = HttpAnswer | 'no answer';

export const REF = { order_id: 'ord_1', order_token: 'tok_1' };
export const PARAMS = { timeStamp: '1', nonceStr: 'n', package: 'prepay_id=p', signType: 'RSA', paySign: 's' };

export function order(state: string): HttpAnswer {
  return { status: 200, body: { order_id: 'ord_1', state, amount: { total: 1500, currency: 'CNY' } } };
}

export function problem(status: number, code: string): HttpAnswer {
  return { status, body: { type: 'about:blank', title: code, status, code, detail: `detail of ${code}` } };
}

export const OPEN = order('open');
export const PREPARED: HttpAnswer = {
  status: 200,
  body: { attempt_id: 'att_1', out_trade_no: 'otn_1', client_params: PARAMS },
};

/** Each list is answered from the front; its last entry repeats. */
export class World implements Platform {
  readonly trade_type = 'JSAPI';
  readonly appid = 'wx1';
  readonly clock = new FakeClock();
  readonly sent: HttpRequest[] = [];
  readonly asked_at_ms: number[] = [];
  readonly cashiers: Readonly<Record<string, string>>[] = [];
  readonly stored = new Map<string, unknown>();
  logins: Reply[] = [{ status: 200, body: { session_token: 'ses_1', expires_in: 7200 } }];
  pays: Reply[] = [PREPARED];
  orders: Reply[] = [OPEN];
  codes: (string | Error)[] = ['code_1'];
  cashier: (() => Promise<CashierReturn>) | CashierReturn = { kind: 'ok' };
  view = new FakeVisibility();

  readonly storage = {
    read: (key: string): unknown => this.stored.get(key),
    write: (key: string, value: unknown): void => void this.stored.set(key, value),
  };

  get visibility(): Visibility {
    return this.view;
  }

  readonly http = async (request: HttpRequest): Promise<HttpAnswer> => {
    this.sent.push(request);
    const path = request.url.replace('https://pay.test', '');
    const reply = next(this.repliesFor(path));
    if (path === '/client/v1/orders/ord_1') this.asked_at_ms.push(this.clock.now());
    if (reply === 'no answer') throw new Error('request:fail timeout');
    return reply;
  };

  async login(): Promise<string> {
    const code = next(this.codes);
    if (code instanceof Error) throw code;
    return code;
  }

  async openCashier(client_params: Readonly<Record<string, string>>): Promise<CashierReturn> {
    this.cashiers.push(client_params);
    return typeof this.cashier === 'function' ? this.cashier() : this.cashier;
  }

  requests(suffix: string): HttpRequest[] {
    return this.sent.filter(({ url }) => url.endsWith(suffix));
  }

  private repliesFor(path: string): Reply[] {
    if (path === '/client/v1/login') return this.logins;
    if (path === '/client/v1/orders/ord_1/pay') return this.pays;
    if (path === '/client/v1/orders/ord_1') return this.orders;
    throw new Error(`the library asked for ${path}`);
  }
}

class FakeVisibility implements Visibility {
  private shown = true;
  private callbacks = new Set<() => void>();

  visible(): boolean {
    return this.shown;
  }

  onChange(callback: () => void): () => void {
    this.callbacks.add(callback);
    return () => this.callbacks.delete(callback);
  }

  set(shown: boolean): void {
    this.shown = shown;
    for (const callback of [...this.callbacks]) callback();
  }

  get watchers(): number {
    return this.callbacks.size;
  }
}

function next<T>(list: T[]): T {
  const first = list.length > 1 ? list.shift() : list[0];
  if (first === undefined) throw new Error('nothing left to answer');
  return first;
}
