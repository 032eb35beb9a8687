/**
 * The cashier sheet. It belongs to the host page: drawn in the guest's document it could be restyled,
 * read or pressed by the program that wants the money.
 */

import type { PaymentOutcome } from '../../shared/protocol';
import { yuan } from '../../shared/money';
import { Dialog } from '../dialog';
import { fill, h } from '../dom';
import type { Words } from '../i18n/index';
import { ManagementError, type CashierInfo, type Management, type Outcome, type PayBy, type PayMethod } from '../management';
import { PIN_LENGTH, onAnswer, onInput, type Answer, type Cashier, type Input, type Notice, type Step } from './model';

export interface CashierOptions {
  readonly management: Management;
  readonly words: Words;
  readonly by: PayBy;
  readonly user: string;
  readonly one_tap: boolean;
  /** What happens when the person pays; chosen beside the phone. */
  readonly outcome: Outcome;
  /** Where the sheet is put: over the phone's screen. */
  readonly parent: HTMLElement;
}

const KEYS = ['1', '2', '3', '4', '5', '6', '7', '8', '9', '', '0', 'backspace'] as const;

/** Opens the sheet and settles when the user is done with it. */
export function openCashier(options: CashierOptions): Promise<PaymentOutcome> {
  return new Promise((resolve) => new Sheet(options, resolve).open());
}

class Sheet {
  private state: Cashier = { name: 'loading' };
  private listsMethods = false;
  private readonly dialog: Dialog;
  private readonly box: HTMLElement;

  constructor(
    private readonly options: CashierOptions,
    private readonly resolve: (outcome: PaymentOutcome) => void,
  ) {
    this.dialog = new Dialog({
      label: options.words.t('cashier'),
      testid: 'cashier',
      parent: options.parent,
      onDismiss: () => this.dismiss(),
      onKey: (event) => this.onKey(event),
    });
    this.box = this.dialog.box;
  }

  open(): void {
    const { management, by, user } = this.options;
    this.show({ name: 'loading' });
    this.dialog.open();
    management.cashier(by, user).then(
      (info) => this.receive({ kind: 'opened', info }),
      (thrown: unknown) => this.receive({ kind: 'refused', detail: detailOf(thrown) }),
    );
  }

  private receive(answer: Answer): void {
    this.show(onAnswer(this.state, answer));
  }

  private input(input: Input): void {
    const { state, submit } = onInput(this.state, input);
    this.show(state);
    if (submit !== undefined) void this.pay(submit);
  }

  private async pay(submit: NonNullable<Step['submit']>): Promise<void> {
    const { management, by, user, outcome } = this.options;
    try {
      const { trade_state, err_msg, refused } = await management.pay(by, user, { ...submit, outcome });
      // A payment that lands late looks like any other here: the phone believes what it is told.
      const looksPaid = err_msg === undefined ? trade_state === 'SUCCESS' : /(^0|:ok)$/.test(err_msg);
      if (refused !== undefined) this.receive({ kind: 'failed', notice: { kind: 'text', text: refused } });
      else if (looksPaid) this.receive({ kind: 'paid' });
      else this.close({ kind: 'cancel' });
    } catch (thrown) {
      this.receive(answerTo(thrown));
    }
  }

  private close(outcome: PaymentOutcome): void {
    this.dialog.close();
    this.resolve(outcome);
  }

  /** What the close button and Esc mean depends on how far things have come. */
  private dismiss(): void {
    const { state } = this;
    if (state.name === 'paid') return this.close({ kind: 'ok' });
    if (state.name === 'refused') return this.close({ kind: 'fail', detail: state.detail });
    // While the payment is on its way nobody can tell a cancel from a success.
    if (state.name === 'asking' && state.busy) return;
    this.close({ kind: 'cancel' });
  }

  private onKey({ key }: KeyboardEvent): boolean {
    if (/^[0-9]$/.test(key) && !this.options.one_tap) this.input({ kind: 'digit', digit: key });
    else if (key === 'Backspace') this.input({ kind: 'backspace' });
    else return false;
    return true;
  }

  private show(state: Cashier): void {
    const changed = state.name !== this.state.name;
    this.state = state;
    this.box.dataset['state'] = state.name;
    fill(this.box, ...this.content(state));
    if (changed) this.dialog.focusFirst();
    else if (!this.box.contains(document.activeElement)) this.box.focus();
  }

  private content(state: Cashier): HTMLElement[] {
    const { words } = this.options;
    switch (state.name) {
      case 'loading':
        return [this.header(''), h('p', { class: 'wait', role: 'status' }, words.t('cashier_loading'))];
      case 'refused':
        return [
          this.header(words.t('cashier_refused')),
          h('p', { class: 'refusal', role: 'alert', testid: 'cashier-refusal' }, state.detail),
          this.big('cashier-refusal-ok', words.t('cashier_ok'), () => this.dismiss()),
        ];
      case 'locked':
        return [
          this.header(words.t('cashier_refused')),
          h('p', { class: 'refusal', role: 'alert', testid: 'cashier-locked' }, words.t('cashier_locked')),
          this.big('cashier-locked-ok', words.t('cashier_ok'), () => this.dismiss()),
        ];
      case 'paid':
        return this.paid(state);
      case 'asking':
        return this.asking(state);
    }
  }

  private asking(state: Cashier & { name: 'asking' }): HTMLElement[] {
    const { words, one_tap } = this.options;
    const { info, busy } = state;
    const status = busy ? words.t('cashier_paying') : noticeText(words, state.notice);
    const isAlert = !busy && state.notice !== undefined;
    const parts = [
      this.header(words.t(one_tap ? 'cashier_confirm_prompt' : 'cashier_prompt')),
      h('p', { class: 'merchant', testid: 'cashier-merchant' }, info.merchant_name),
      amount(info.amount_fen),
      row(words.t('cashier_product'), info.description, 'cashier-description'),
      ...discount(words, info),
      this.methods(state),
    ];
    const live = h('p', { class: isAlert ? 'notice alert' : 'notice', 'aria-live': 'polite', testid: 'cashier-notice' }, status);
    if (one_tap) {
      const pay = this.big('cashier-confirm', words.t('cashier_pay'), () => this.input({ kind: 'confirm' }));
      pay.querySelector('button')?.toggleAttribute('disabled', busy || state.method === undefined);
      return [...parts, live, pay];
    }
    const hint = status === '' ? h('p', { class: 'hint' }, words.t('cashier_hint')) : live;
    return [...parts, this.pinBoxes(state.pin.length), hint, this.keypad(busy)];
  }

  /** Closed it shows what will be paid with; open, everything there is. What is chosen stays open to change. */
  private methods(state: Cashier & { name: 'asking' }): HTMLElement {
    const { words } = this.options;
    const { info, method, busy } = state;
    const chosen = info.methods.find(({ id }) => id === method);
    const details = h('details', { class: 'methods', testid: 'cashier-methods', open: this.listsMethods });
    details.addEventListener('toggle', () => (this.listsMethods = details.open));
    const option = (one: PayMethod): HTMLElement => {
      const radio = h('input', {
        type: 'radio',
        name: 'method',
        checked: one.id === method,
        disabled: busy || !one.usable,
        testid: `cashier-method-${one.id}`,
        on: { change: () => this.choose(one.id) },
      });
      return h('label', { class: one.usable ? '' : 'off' }, h('span', {}, this.methodName(one)), radio);
    };
    details.append(
      h(
        'summary',
        { class: 'row' },
        h('span', {}, words.t('cashier_method')),
        h('b', { testid: 'cashier-method' }, chosen === undefined ? words.t('cashier_no_method') : this.methodName(chosen)),
      ),
      h('div', { role: 'radiogroup', 'aria-label': words.t('cashier_method') }, ...info.methods.map(option)),
    );
    return details;
  }

  private choose(id: string): void {
    this.listsMethods = false;
    this.input({ kind: 'method', id });
  }

  private methodName({ id, name, balance_fen, usable }: PayMethod): string {
    const { words } = this.options;
    const known = id === 'balance' ? words.t('wallet') : name;
    const held = balance_fen === undefined ? '' : words.t('cashier_held', { amount: yuan(balance_fen) });
    return `${known}${held}${usable ? '' : ` · ${words.t('cashier_unusable')}`}`;
  }

  private paid({ info }: Cashier & { name: 'paid' }): HTMLElement[] {
    const { words } = this.options;
    return [
      h(
        'div',
        { class: 'success', role: 'status', testid: 'cashier-success' },
        h('i', { class: 'tick', 'aria-hidden': 'true' }),
        h('h2', {}, words.t('cashier_success')),
        h('p', { class: 'merchant' }, info.merchant_name),
        amount(info.amount_fen),
        simulated(words),
      ),
      this.big('cashier-done', words.t('cashier_done'), () => this.dismiss()),
    ];
  }

  private header(title: string): HTMLElement {
    const { words } = this.options;
    const close = h('button', {
      class: 'x',
      'aria-label': words.t('cashier_close'),
      testid: 'cashier-close',
      on: { click: () => this.dismiss() },
    });
    close.append(h('span', { 'aria-hidden': 'true' }, '✕'));
    return h('header', {}, close, h('h2', { testid: 'cashier-title' }, title), simulated(words));
  }

  private big(testid: string, text: string, act: () => void): HTMLElement {
    const button = h('button', { class: 'primary', testid, 'data-first': true, on: { click: act } }, text);
    return h('div', { class: 'actions' }, button);
  }

  private pinBoxes(entered: number): HTMLElement {
    const label = this.options.words.t('cashier_pin', { n: entered });
    const boxes = Array.from({ length: PIN_LENGTH }, (_, index) =>
      h('i', { class: index < entered ? 'on' : '', testid: `cashier-pin-${index}` }),
    );
    return h('div', { class: 'pin', role: 'img', 'aria-label': label, testid: 'cashier-pin' }, ...boxes);
  }

  private keypad(busy: boolean): HTMLElement {
    const keys = KEYS.map((key) => {
      if (key === '') return h('span', { class: 'gap', 'aria-hidden': 'true' });
      const isBackspace = key === 'backspace';
      const press = (): void => this.input(isBackspace ? { kind: 'backspace' } : { kind: 'digit', digit: key });
      const label = isBackspace ? this.options.words.t('cashier_backspace') : key;
      return h(
        'button',
        {
          class: isBackspace ? 'gap' : '',
          'aria-label': label,
          'data-first': key === '1',
          disabled: busy,
          testid: `cashier-key-${key}`,
          on: { click: press },
        },
        isBackspace ? '⌫' : key,
      );
    });
    return h('div', { class: 'pad' }, ...keys);
  }
}

function amount(fen: number): HTMLElement {
  return h('p', { class: 'amount', testid: 'cashier-amount' }, h('small', {}, '¥'), yuan(fen));
}

function row(name: string, value: string, testid: string): HTMLElement {
  return h('div', { class: 'row' }, h('span', {}, name), h('b', { testid }, value));
}

function discount(words: Words, { discount: taken }: CashierInfo): HTMLElement[] {
  if (taken === undefined) return [];
  return [row(words.t('cashier_discount'), `${taken.names.join('、')} −¥${yuan(taken.amount_fen)}`, 'cashier-discount')];
}

function simulated(words: Words): HTMLElement {
  return h('span', { class: 'simulated', title: words.t('simulated_long') }, words.t('simulated'));
}

function noticeText(words: Words, notice: Notice | undefined): string {
  switch (notice?.kind) {
    case undefined:
      return '';
    case 'wrong_pin':
      return words.t('cashier_wrong_pin', { n: notice.remaining });
    case 'unreachable':
      return words.t('cashier_unreachable');
    case 'text':
      return notice.text;
  }
}

/** A lost answer is not a refusal: paying again is safe, the order can be paid only once. */
function answerTo(thrown: unknown): Answer {
  if (!(thrown instanceof ManagementError)) return { kind: 'failed', notice: { kind: 'unreachable' } };
  if (thrown.code === 'PIN_LOCKED') return { kind: 'wrong_pin', remaining: 0 };
  if (thrown.code === 'WRONG_PIN') {
    return { kind: 'wrong_pin', remaining: Number(thrown.document['remaining'] ?? 0) };
  }
  return { kind: 'failed', notice: { kind: 'text', text: thrown.message } };
}

function detailOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
