/**
 * `wx.request`. WeChat knows no CORS: the host page's server performs the call. Every HTTP status is a
 * success; a failure means that no answer came.
 */

import type { HttpCall, HttpResult } from '../../shared/protocol';
import { HostRefusal, type Bridge, type PendingCall } from '../bridge';
import { ApiFailure, deliver, expectType, run, type Options, type Settled } from './async';
import { bytesToBase64, base64ToBytes } from './bytes';

export const MAX_PARALLEL = 10;
const DEFAULT_TIMEOUT_MS = 60_000;

type HeaderListener = (event: { header: Readonly<Record<string, string>> }) => void;

export interface RequestTask {
  abort(): void;
  onHeadersReceived(listener: HeaderListener): void;
  offHeadersReceived(listener?: HeaderListener): void;
}

export class Requests {
  private running = 0;
  private readonly queue: (() => void)[] = [];

  constructor(private readonly bridge: Pick<Bridge, 'call'>) {}

  readonly request = (options: Options = {}): RequestTask => {
    const listeners = new Set<HeaderListener>();
    let call: PendingCall<HttpResult> | undefined;
    let abort: () => void = () => {};
    const aborted = new Promise<never>((_, reject) => {
      abort = () => {
        call?.abort();
        reject(new ApiFailure('abort'));
      };
    });
    // Unless somebody waits for it, an abort is no unhandled rejection.
    aborted.catch(() => {});

    const perform = async (): Promise<object> => {
      const http = httpCall(options);
      await this.turn(aborted);
      try {
        call = this.bridge.call('request', http);
        const late = new Deadline(http.timeout_ms, () => call?.abort());
        const answer = await Promise.race([call.result, aborted, late.passed]).finally(() => late.cancel());
        for (const listener of listeners) listener({ header: answer.header });
        return shown(answer, options);
      } catch (thrown) {
        throw thrown instanceof HostRefusal ? refused(thrown) : thrown;
      } finally {
        this.done();
      }
    };
    void run('request', perform, options).then((settled: Settled) => deliver(options, settled));
    return {
      abort,
      onHeadersReceived: (listener) => void listeners.add(listener),
      offHeadersReceived: (listener) => {
        if (listener === undefined) listeners.clear();
        else listeners.delete(listener);
      },
    };
  };

  /** Waits for a place. Who gives up leaves the queue, or the place would be handed to nobody. */
  private async turn(aborted: Promise<never>): Promise<void> {
    if (this.running < MAX_PARALLEL) {
      this.running += 1;
      return;
    }
    let take = (): void => {};
    const granted = new Promise<void>((resolve) => (take = resolve));
    this.queue.push(take);
    try {
      await Promise.race([granted, aborted]);
    } catch (thrown) {
      const waiting = this.queue.indexOf(take);
      if (waiting >= 0) this.queue.splice(waiting, 1);
      else this.done();
      throw thrown;
    }
  }

  /** Hands the place on to whoever waits. */
  private done(): void {
    const next = this.queue.shift();
    if (next === undefined) this.running -= 1;
    else next();
  }
}

/** Builds the HTTP call that WeChat would make of these options. */
export function httpCall(options: Options): HttpCall {
  expectType('url', options['url'], 'String');
  const method = String(options['method'] ?? 'GET').toUpperCase();
  const header: Record<string, string> = { 'content-type': 'application/json' };
  for (const [name, value] of Object.entries((options['header'] as object | undefined) ?? {})) {
    header[name.toLowerCase()] = String(value);
  }
  const timeout = Number(options['timeout'] ?? DEFAULT_TIMEOUT_MS);
  const call = { url: String(options['url']), method, header, timeout_ms: timeout > 0 ? timeout : DEFAULT_TIMEOUT_MS };
  if (!/^https?:\/\//i.test(call.url)) throw new ApiFailure(`invalid url "${call.url}"`, { errno: 600009 });

  const { data } = options;
  if (data === undefined || data === null) return call;
  if (data instanceof ArrayBuffer) return { ...call, data_base64: bytesToBase64(new Uint8Array(data)) };
  if (method === 'GET') return typeof data === 'object' ? { ...call, url: withQuery(call.url, data) } : call;
  if (typeof data === 'string') return { ...call, data };
  const isForm = /application\/x-www-form-urlencoded/i.test(header['content-type'] ?? '');
  return { ...call, data: isForm ? formEncoded(data as object) : JSON.stringify(data) };
}

function withQuery(url: string, data: object): string {
  const encoded = formEncoded(data);
  if (encoded === '') return url;
  const [base = '', ...fragment] = url.split('#');
  const joined = `${base}${base.includes('?') ? '&' : '?'}${encoded}`;
  return [joined, ...fragment].join('#');
}

function formEncoded(data: object): string {
  return Object.entries(data)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => {
      const text = typeof value === 'object' && value !== null ? JSON.stringify(value) : String(value);
      return `${encodeURIComponent(name)}=${encodeURIComponent(text)}`;
    })
    .join('&');
}

function shown(answer: HttpResult, options: Options): object {
  const { statusCode, header, cookies } = answer;
  const bytes = base64ToBytes(answer.body_base64);
  return { statusCode, header, cookies, data: decoded(bytes, options) };
}

/** `dataType: 'json'`, the default, parses whatever parses, and gives the text when nothing does. */
function decoded(bytes: Uint8Array<ArrayBuffer>, options: Options): unknown {
  if (options['responseType'] === 'arraybuffer') return bytes.buffer;
  const text = new TextDecoder().decode(bytes);
  if ((options['dataType'] ?? 'json') !== 'json') return text;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}

/** Rejects when the time is over, unless it was cancelled: an answered request leaves no timer behind. */
class Deadline {
  readonly passed: Promise<never>;
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(after_ms: number, onTimeout: () => void) {
    this.passed = new Promise((_, reject) => {
      this.timer = setTimeout(() => {
        onTimeout();
        reject(new ApiFailure('timeout', { errno: 5 }));
      }, after_ms);
    });
  }

  cancel(): void {
    clearTimeout(this.timer);
  }
}

/** The host's reasons in WeChat's words and numbers. */
function refused({ code, message }: HostRefusal): ApiFailure {
  switch (code) {
    case 'timeout':
      return new ApiFailure('timeout', { errno: 5 });
    case 'url_not_in_domain_list':
      return new ApiFailure('url not in domain list', { errno: 600002 });
    case 'too_large':
      return new ApiFailure('exceed max upload/download size', { errno: 600003 });
    default:
      return new ApiFailure(message, { errno: 600001 });
  }
}
