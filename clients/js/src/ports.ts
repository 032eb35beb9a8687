/** Everything the library needs from its surroundings. Tests, and other platforms, bring their own. */

export interface Clock {
  /** Milliseconds; only differences matter. */
  now(): number;
  /** Calls back once, after at least `delay_ms`; the returned function takes it back. */
  after(delay_ms: number, callback: () => void): () => void;
}

export interface HttpRequest {
  readonly method: 'GET' | 'POST';
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Sent as JSON. */
  readonly body?: unknown;
  readonly timeout_ms: number;
}

export interface HttpAnswer {
  readonly status: number;
  /** Parsed JSON, or the text when it was none. */
  readonly body: unknown;
}

/** Rejects only when no answer came: every HTTP status is an answer. */
export type Http = (request: HttpRequest) => Promise<HttpAnswer>;

/** What the cashier told the page. It is a hint, never proof: only our server knows. */
export type CashierReturn =
  | { readonly kind: 'ok' }
  | { readonly kind: 'cancel'; readonly raw: string }
  | { readonly kind: 'error'; readonly raw: string };

/** One place in which a page can run: who it is, how it logs in, how it opens the cashier. */
export interface Platform {
  /** Which of WeChat's trade types its cashier serves. */
  readonly trade_type: 'JSAPI';
  readonly appid: string;
  readonly http: Http;
  /** A fresh one-time login code. */
  login(): Promise<string>;
  openCashier(client_params: Readonly<Record<string, string>>): Promise<CashierReturn>;
  /** Keeps the session over restarts; without it every start logs in again. */
  readonly storage?: Storage;
  /** Without it the page counts as always visible. */
  readonly visibility?: Visibility;
}

export interface Storage {
  read(key: string): unknown;
  write(key: string, value: unknown): void;
}

export interface Visibility {
  visible(): boolean;
  /** Calls back on every change; the returned function stops it. */
  onChange(callback: () => void): () => void;
}

declare function setTimeout(callback: () => void, delay_ms: number): unknown;
declare function clearTimeout(timer: unknown): void;

export const systemClock: Clock = {
  now: () => Date.now(),
  after(delay_ms, callback) {
    const timer = setTimeout(callback, delay_ms);
    return () => clearTimeout(timer);
  },
};
