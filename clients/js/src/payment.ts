/**
 * One customer paying one order: the state machine every front end follows.
 *
 * ```text
 * idle ─► login ─► creating ─► cashier ─► confirming ─► paid
 *            │         │           │           ├──────► pending    still unknown: look later, pay nothing twice
 *            │         │           │           └──────► closed | expired    a new order is needed
 *            │         │           └─► cancelled        still payable: retry pays the same order
 *            └─────────┴─► failed                       retryable or not
 * ```
 *
 * What the cashier says is never proof of payment: every way out of it goes through a question to our
 * server. Retrying never makes a new order; it asks for fresh parameters of the same one.
 */

import type { Api } from './api';
import { Refused, asPayError, isRetryable, type PayError } from './errors';
import { verdictOf, type Attempt, type Order, type OrderRef } from './order';
import type { CashierReturn, Clock, Platform } from './ports';
import { AFTER_CANCEL, AFTER_ERROR, AFTER_OK, WHILE_IN_PROGRESS, pauseBefore, type Schedule } from './schedule';
import type { Sessions } from './session';
import { pause, untilVisible } from './waiting';

export type PayState =
  | { readonly name: 'idle' }
  | { readonly name: 'login' }
  | { readonly name: 'creating' }
  | { readonly name: 'cashier'; readonly out_trade_no: string }
  | { readonly name: 'confirming' }
  | PayResult;

/** Where a payment can come to rest. `order` is there whenever the server has told us of it. */
export type PayResult =
  | { readonly name: 'paid'; readonly order: Order }
  | { readonly name: 'pending'; readonly order?: Order }
  | { readonly name: 'cancelled'; readonly order?: Order }
  /** After a mere look: open, and nobody was at the cashier since this page began. */
  | { readonly name: 'unpaid'; readonly order?: Order }
  | { readonly name: 'closed'; readonly order?: Order }
  | { readonly name: 'expired'; readonly order?: Order }
  | { readonly name: 'failed'; readonly error: PayError; readonly retryable: boolean; readonly order?: Order };

export interface PaymentOptions {
  /** Called on every change, the first state included. */
  readonly onState?: (state: PayState) => void;
}

interface Parts {
  readonly api: Api;
  readonly sessions: Sessions;
  readonly platform: Platform;
  readonly clock: Clock;
}

export class Payment {
  private current: PayState = { name: 'idle' };
  private running: Promise<PayResult> | undefined;

  /** @internal Use `createClient(…).payment(…)`. */
  constructor(
    private readonly parts: Parts,
    readonly ref: OrderRef,
    private readonly options: PaymentOptions,
  ) {}

  get state(): PayState {
    return this.current;
  }

  /** Whether a tap on "pay" would do nothing but join what is under way. */
  get busy(): boolean {
    return this.running !== undefined;
  }

  /** Pays. Call it straight from the tap: some systems open the cashier only within a gesture. */
  start(): Promise<PayResult> {
    if (this.current.name === 'paid') return Promise.resolve(this.current);
    return this.run(() => this.pay());
  }

  /** Pays the same order again, after a cancel or a failure. */
  retry(): Promise<PayResult> {
    return this.start();
  }

  /** Asks the server once how the order stands, and pays nothing. */
  refresh(): Promise<PayResult> {
    return this.run(async () => {
      const before = this.current;
      this.enter({ name: 'confirming' });
      const { decided, order } = await this.ask(AFTER_CANCEL);
      if (decided !== undefined) return decided;
      return withOrder(isResult(before) ? before : { name: 'unpaid' }, order);
    });
  }

  private run(act: () => Promise<PayResult>): Promise<PayResult> {
    this.running ??= act()
      .catch((thrown: unknown) => failed(thrown))
      .then((result) => {
        this.running = undefined;
        this.enter(result);
        return result;
      });
    return this.running;
  }

  private enter(state: PayState): void {
    this.current = state;
    this.options.onState?.(state);
  }

  private async pay(): Promise<PayResult> {
    const { platform, sessions } = this.parts;
    if (!sessions.ready()) {
      this.enter({ name: 'login' });
      await sessions.current();
    }
    this.enter({ name: 'creating' });
    const prepared = await this.prepare();
    if (isResult(prepared)) return prepared;

    this.enter({ name: 'cashier', out_trade_no: prepared.out_trade_no });
    const returned = await openSafely(platform, prepared);
    this.enter({ name: 'confirming' });
    return this.confirm(returned);
  }

  /** The cashier's parameters, or the reason why this order takes none. */
  private async prepare(): Promise<Attempt | PayResult> {
    const { api, clock } = this.parts;
    const began = clock.now();
    for (let tries = 0; ; tries += 1) {
      try {
        return await api.pay(this.ref);
      } catch (thrown) {
        const wait = inProgress(thrown) && pauseBefore(WHILE_IN_PROGRESS, tries + 1, clock.now() - began);
        if (typeof wait !== 'number') return this.unpayable(thrown);
        await pause(clock, wait);
      }
    }
  }

  /** No parameters: the order itself says whether it is paid or closed already, which is better news. */
  private async unpayable(thrown: unknown): Promise<PayResult> {
    if (!(thrown instanceof Refused) || thrown.passing) return failed(thrown);
    const { decided, order } = await this.ask(AFTER_CANCEL);
    if (decided?.name === 'closed' && /expired/i.test(thrown.code)) return withOrder({ name: 'expired' }, order);
    return decided ?? withOrder(failed(thrown), order);
  }

  private async confirm(returned: CashierReturn): Promise<PayResult> {
    const { decided, order } = await this.ask(scheduleAfter(returned));
    if (decided !== undefined) return decided;
    switch (returned.kind) {
      case 'ok':
        return withOrder({ name: 'pending' }, order);
      case 'cancel':
        return withOrder({ name: 'cancelled' }, order);
      case 'error': {
        const error: PayError = { code: 'cashier', message: returned.raw, raw: returned.raw };
        return withOrder({ name: 'failed', error, retryable: true }, order);
      }
    }
  }

  /** Asks until the order is decided or the schedule ends. A question without an answer decides nothing. */
  private async ask(schedule: Schedule): Promise<{ decided?: PayResult; order?: Order }> {
    const { api, clock, platform } = this.parts;
    const began = clock.now();
    let order: Order | undefined;
    for (let index = 0; ; index += 1) {
      const wait = pauseBefore(schedule, index, clock.now() - began);
      if (wait === undefined) return order === undefined ? {} : { order };
      await pause(clock, wait, platform.visibility);
      await untilVisible(platform.visibility);
      try {
        order = await api.order(this.ref);
      } catch (thrown) {
        if (!isRetryable(thrown)) return { decided: failed(thrown) };
        continue;
      }
      const verdict = verdictOf(order);
      if (verdict !== 'undecided') return { decided: { name: verdict, order }, order };
    }
  }
}

function scheduleAfter(returned: CashierReturn): Schedule {
  switch (returned.kind) {
    case 'ok':
      return AFTER_OK;
    case 'cancel':
      return AFTER_CANCEL;
    case 'error':
      return AFTER_ERROR;
  }
}

/** A platform that throws instead of answering has still perhaps shown a cashier: ask the server. */
async function openSafely(platform: Platform, attempt: Attempt): Promise<CashierReturn> {
  try {
    return await platform.openCashier(attempt.client_params);
  } catch (thrown) {
    return { kind: 'error', raw: asPayError(thrown).message };
  }
}

function inProgress(thrown: unknown): boolean {
  return thrown instanceof Refused && thrown.code === 'in_progress';
}

function failed(thrown: unknown): PayResult & { name: 'failed' } {
  return { name: 'failed', error: asPayError(thrown), retryable: isRetryable(thrown) };
}

function withOrder(result: PayResult, order: Order | undefined): PayResult {
  return order === undefined ? result : { ...result, order };
}

function isResult(state: PayState | Attempt): state is PayResult {
  if (!('name' in state)) return false;
  return !['idle', 'login', 'creating', 'cashier', 'confirming'].includes(state.name);
}
