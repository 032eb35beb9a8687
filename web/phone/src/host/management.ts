/** The simulator's management API, as far as the phone uses it. Field names are the wire's. */

import type { HttpCall, HttpResult, PaymentParams, PhoneNumber, SubscribeAnswer, TransferParams } from '../shared/protocol';

export interface User {
  readonly name: string;
  readonly unionid: string;
  readonly openids: Readonly<Record<string, string>>;
  readonly cards: readonly BankCard[];
}

/** What a bank says when a card is to pay. */
export const CARD_OUTCOMES = ['pays', 'insufficient', 'refused', 'limit'] as const;
export type CardOutcome = (typeof CARD_OUTCOMES)[number];

export interface BankCard {
  /** `CMB_DEBIT-8821`: the bank as the wire names it, and the last four digits. */
  readonly id: string;
  readonly name: string;
  readonly outcome: CardOutcome;
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
  readonly api_base: string;
  readonly seed: number;
  readonly merchants: readonly { readonly mchid: string; readonly name: string }[];
  readonly users: readonly User[];
  readonly apps: readonly App[];
}

/** What a front end hands to the cashier, as it came: checking it is the simulator's business. */
export interface Invoke {
  readonly kind: 'miniprogram' | 'jsapi' | 'app';
  readonly appid: string;
  readonly params: PaymentParams | Readonly<Record<string, unknown>>;
  /** With `jsapi`: where the page lies, and what its browser calls itself. */
  readonly page?: string;
  readonly user_agent?: string;
}

/** The ways into the cashier. */
export type PayBy =
  | { readonly invoke: Invoke }
  | { readonly code_url: string }
  /** `page` is the `Referer` the jump page sees, empty when there is none. */
  | { readonly h5_url: string; readonly page: string; readonly user_agent: string }
  | { readonly auth_code: string }
  | { readonly prepay_id: string };

export interface PayMethod {
  readonly id: string;
  readonly name: string;
  /** Absent with cards: what is on them is the bank's secret. */
  readonly balance_fen?: number;
  readonly usable: boolean;
}

export interface CashierInfo {
  readonly merchant_name: string;
  readonly description: string;
  readonly amount_fen: number;
  readonly out_trade_no: string;
  /** What coupons take off; the amount is what is left to pay. */
  readonly discount?: { readonly names: readonly string[]; readonly amount_fen: number };
  readonly methods: readonly PayMethod[];
  readonly expires_at: string;
}

export interface WalletMessage {
  readonly id: string;
  readonly at: string;
  readonly kind: 'payment' | 'refund' | 'transfer';
  readonly merchant_name: string;
  readonly amount_fen: number;
  readonly description: string;
  /** What was paid with, or where the money went back to; may be empty. */
  readonly method: string;
}

/** What a mini program has sent, or WeChat about a parcel. */
export interface InboxMessage {
  readonly id: number;
  readonly at: string;
  readonly kind: 'subscribe' | 'shipping';
  readonly appid: string;
  readonly title: string;
  readonly lines: readonly (readonly [label: string, value: string])[];
  /** The page of the mini program that it opens. */
  readonly page?: string;
}

/** What the owner of an app has entered in its console, as far as the phone shows it. */
export interface Console {
  readonly templates: Readonly<Record<string, { readonly title: string }>>;
}

export interface Wallet {
  readonly balance_fen: number;
  readonly cards: readonly BankCard[];
  readonly blocked: boolean;
  readonly password_asked: readonly PasswordAsked[];
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

/** One order, with the way into its cashier while there is one. */
export interface OneOrder extends OrderRow {
  readonly prepay_id?: string;
}

/** What a person does in the cashier. */
export const OUTCOMES = [
  'success',
  'wrong_pin',
  'insufficient_balance',
  'cancel',
  'callback_says_cancel',
  'callback_ok_but_unpaid',
  'success_after_close',
] as const;
export type Outcome = (typeof OUTCOMES)[number];

export interface ClockFace {
  readonly now: string;
  readonly wall_now: string;
  readonly paused: boolean;
}

/** Something that will happen at its time. */
export interface Planned {
  readonly at: string;
  readonly kind: string;
  readonly unless_acknowledged: boolean;
  readonly mchid?: string;
  readonly number?: string;
}

export interface Forecast {
  readonly now: string;
  readonly until: string;
  readonly due: readonly Planned[];
  readonly more: boolean;
}

export interface Moved {
  readonly now: string;
  readonly fired: readonly unknown[];
}

/** Where to jump. */
export type Jump = { readonly seconds: number } | { readonly at: string };

export interface Fault {
  readonly name: string;
  readonly match?: string;
  readonly probability?: number;
  readonly count?: number;
}

export interface KnownFault {
  readonly name: string;
  readonly place: string;
}

/** The same words in both languages. */
export interface Sentence {
  readonly zh: string;
  readonly en: string;
}

/** Why a signature was refused. */
export interface Explanation {
  readonly summary: Sentence;
  readonly mistakes: readonly (Sentence & { readonly name: string })[];
  readonly explained: boolean;
  readonly key?: { readonly role: 'merchant' | 'platform' | 'public_key'; readonly mchid: string; readonly serial_no: string };
  readonly recovered?: { readonly algorithm: string; readonly hex: string };
  readonly expected?: string;
  readonly signed?: string;
  readonly excluded?: { readonly keys: number; readonly mistakes: readonly string[]; readonly combinations: number };
}

export interface Message {
  readonly id: number;
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
  readonly explanation?: Explanation;
  readonly decrypted?: unknown;
  readonly out_trade_no?: string;
}

/** What a page says in `wx.config`, and where it is. */
export interface JsConfig {
  readonly appid: string;
  readonly url: string;
  readonly timestamp: number;
  readonly nonce_str: string;
  readonly signature: string;
}

export interface JsConfigVerdict {
  readonly ok: boolean;
  readonly err_msg: string;
  /** More than WeChat tells. */
  readonly reason?: string;
}

export type Consent = 'allow' | 'deny';

export type Authorized = { readonly redirect: string } | { readonly ask_consent: { readonly appid: string } };

export interface PaymentCode {
  readonly auth_code: string;
  readonly expires_at: string;
}

/** A merchant has scanned the person's code, and WeChat asks for the password. */
export interface PasswordAsked {
  readonly auth_code: string;
  readonly merchant_name: string;
  readonly amount_fen: number;
  readonly out_trade_no: string;
}

export interface TransferPage {
  readonly merchant_name: string;
  readonly amount_fen: number;
  readonly perception: string;
  readonly remark: string;
  readonly state: string;
}

/** One line of a story that was played. */
export interface StoryStep {
  readonly line: number;
  readonly step: string;
  readonly said: string;
  readonly as_told: boolean;
}

export interface Recording {
  readonly recording: boolean;
  readonly text: string;
}

export interface Paid {
  readonly trade_state: string;
  /** What the front end is to hear: under a fault it may differ from the truth, as on a real phone. */
  readonly err_msg?: string;
  /** Why the person did not pay, in the cashier's words. */
  readonly refused?: string;
}

/** What a person does in the cashier. Without a PIN nothing is asked: that is the one-tap option. */
export interface Deed {
  readonly outcome: Outcome;
  /** With what; absent: the balance. */
  readonly method?: string;
  readonly pin?: string;
}

export interface WalletChange {
  readonly balance_fen?: number;
  readonly blocked?: boolean;
  /** In the place of all there were. */
  readonly cards?: readonly Pick<BankCard, 'id' | 'outcome'>[];
}

/** Where the phone finds a page, and what its browser calls itself there. */
export interface Visit {
  readonly url: string;
  readonly user_agent: string;
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

  pay(by: PayBy, user: string, deed: Deed): Promise<Paid> {
    return this.call('POST', '/api/pay', { ...by, user, ...deed });
  }

  async sessionStands(appid: string, user: string): Promise<boolean> {
    return (await this.call<{ ok: boolean }>('POST', '/api/guest/check_session', { appid, user })).ok;
  }

  phoneNumber(appid: string, user: string): Promise<PhoneNumber> {
    return this.call('POST', '/api/guest/phone_number', { appid, user });
  }

  async profilePhone(user: string): Promise<string> {
    const { phone_number } = await this.call<{ phone_number: string }>('GET', `/api/users/${encodeURIComponent(user)}/profile`);
    return phone_number;
  }

  console(appid: string): Promise<Console> {
    return this.call('GET', `/api/apps/${encodeURIComponent(appid)}/console`);
  }

  subscribe(appid: string, user: string, template_ids: readonly string[], choice: 'accept' | 'reject'): Promise<SubscribeAnswer> {
    return this.call('POST', '/api/guest/subscribe', { appid, user, template_ids, choice });
  }

  async inbox(user: string): Promise<readonly InboxMessage[]> {
    const path = `/api/users/${encodeURIComponent(user)}/messages`;
    return (await this.call<{ messages: InboxMessage[] }>('GET', path)).messages;
  }

  authorize(url: string, user: string, consent: Consent | undefined): Promise<Authorized> {
    return this.call('POST', '/api/guest/authorize', { url, user, ...(consent === undefined ? {} : { consent }) });
  }

  checkJsConfig(config: JsConfig): Promise<JsConfigVerdict> {
    return this.call('POST', '/api/guest/js_config', config);
  }

  paymentCode(user: string): Promise<PaymentCode> {
    return this.call('POST', `/api/users/${encodeURIComponent(user)}/payment_code`, {});
  }

  transferPage(invoke: TransferParams, user: string): Promise<TransferPage> {
    return this.call('POST', '/api/transfers/open', { invoke, user });
  }

  confirmTransfer(invoke: TransferParams, user: string): Promise<TransferPage> {
    return this.call('POST', '/api/transfers/confirm', { invoke, user });
  }

  visit(url: string, user: string, inside: 'wechat' | 'browser'): Promise<Visit> {
    const query = new URLSearchParams({ url, user, inside });
    return this.call('GET', `/api/phone/visit?${query}`);
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

  /** What is absent stays as it is. */
  changeWallet(user: string, change: WalletChange): Promise<Wallet> {
    return this.call('PATCH', `/api/users/${encodeURIComponent(user)}/wallet`, change);
  }

  async addUser(name: string, balance_fen: number): Promise<void> {
    await this.call('POST', '/api/users', { name, balance_fen });
  }

  order({ mchid, out_trade_no }: OrderRow): Promise<OneOrder> {
    return this.call('GET', `/api/orders/${encodeURIComponent(mchid)}/${encodeURIComponent(out_trade_no)}`);
  }

  async orders(): Promise<readonly OrderRow[]> {
    return (await this.call<{ orders: OrderRow[] }>('GET', '/api/orders')).orders;
  }

  clock(): Promise<ClockFace> {
    return this.call('GET', '/api/clock');
  }

  /** What will happen in the next so many seconds. */
  due(within: number): Promise<Forecast> {
    return this.call('GET', `/api/clock/due?within=${within}`);
  }

  forecast(jump: Jump): Promise<Forecast> {
    return this.call('POST', pathOf(jump), { ...jump, dry_run: true });
  }

  jump(jump: Jump): Promise<Moved> {
    return this.call('POST', pathOf(jump), jump);
  }

  async setPaused(paused: boolean): Promise<void> {
    await this.call('POST', paused ? '/api/clock/pause' : '/api/clock/resume');
  }

  faults(): Promise<readonly Fault[]> {
    return this.call('GET', '/api/faults');
  }

  knownFaults(): Promise<readonly KnownFault[]> {
    return this.call('GET', '/api/faults/known');
  }

  async beNasty(): Promise<void> {
    await this.call('POST', '/api/faults/nasty');
  }

  playStory(text: string): Promise<{ as_told: boolean; steps: readonly StoryStep[] }> {
    return this.call('POST', '/api/scenarios/play', { text });
  }

  recordStory(): Promise<Recording> {
    return this.call('POST', '/api/scenarios/record');
  }

  recordedStory(): Promise<Recording> {
    return this.call('GET', '/api/scenarios/record');
  }

  stopRecording(): Promise<Recording> {
    return this.call('DELETE', '/api/scenarios/record');
  }

  async reset(seed: number | undefined): Promise<void> {
    await this.call('POST', '/api/reset', seed === undefined ? {} : { seed });
  }

  /** Puts a stored world in the place of this one. */
  async importState(file: Blob): Promise<void> {
    const content = new Uint8Array(await file.arrayBuffer());
    await this.exchange('PUT', '/api/state', { type: 'application/json', content });
  }

  async setFaults(faults: readonly Fault[]): Promise<void> {
    await this.call('PUT', '/api/faults', faults);
  }

  async messages(out_trade_no?: string): Promise<readonly Message[]> {
    const query = out_trade_no === undefined ? '' : `?out_trade_no=${encodeURIComponent(out_trade_no)}`;
    return (await this.call<{ messages: Message[] }>('GET', `/api/messages${query}`)).messages;
  }

  /** Freshly signed, or byte for byte as it was. */
  async resend(message_id: number, verbatim: boolean): Promise<void> {
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

function pathOf(jump: Jump): string {
  return 'seconds' in jump ? '/api/clock/advance' : '/api/clock/set';
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
