/** The page on which a person takes a merchant's money (商家转账): the host's, like the cashier. */

import type { PaymentOutcome, TransferParams } from '../../shared/protocol';
import { yuan } from '../../shared/money';
import { Dialog } from '../dialog';
import { fill, h, type Child } from '../dom';
import type { Words } from '../i18n/index';
import type { Management, TransferPage } from '../management';

export interface TransferOptions {
  readonly management: Management;
  readonly words: Words;
  readonly invoke: TransferParams;
  readonly user: string;
  readonly parent: HTMLElement;
}

/** Waits for the person; the state in which a page can be confirmed is the only one that asks. */
const ASKS = 'WAIT_USER_CONFIRM';

/** Settles when the person has left the page. */
export function openTransfer(options: TransferOptions): Promise<PaymentOutcome> {
  const { management, words, invoke, user, parent } = options;
  return new Promise<PaymentOutcome>((resolve) => {
    let isTaken = false;
    const end = (outcome: PaymentOutcome): void => {
      dialog.close();
      resolve(outcome);
    };
    const leave = (): void => end(isTaken ? { kind: 'ok' } : { kind: 'cancel' });
    const label = words.t('transfer');
    const dialog = new Dialog({ label, testid: 'transfer', class: 'transfer', parent, onDismiss: leave });
    const { box } = dialog;
    const show = (page: TransferPage): void => {
      fill(box, ...content(page, words, leave, take));
      dialog.focusFirst();
    };
    const take = async (): Promise<void> => {
      try {
        const page = await management.confirmTransfer(invoke, user);
        isTaken = true;
        show(page);
      } catch (thrown) {
        refuse(thrown);
      }
    };
    const refuse = (thrown: unknown): void => {
      const detail = thrown instanceof Error ? thrown.message : String(thrown);
      const ok = (): void => end({ kind: 'fail', detail });
      fill(box, h('p', { class: 'refusal', role: 'alert', testid: 'transfer-refusal' }, detail), button('transfer-refusal-ok', words.t('cashier_ok'), ok));
      dialog.focusFirst();
    };
    dialog.open();
    management.transferPage(invoke, user).then((page) => {
      isTaken = page.state !== ASKS;
      show(page);
    }, refuse);
  });
}

function content(page: TransferPage, words: Words, leave: () => void, take: () => Promise<void>): Child[] {
  const close = h('button', { class: 'x', 'aria-label': words.t('transfer_close'), testid: 'transfer-close', on: { click: leave } }, '✕');
  const asks = page.state === ASKS;
  const row = (name: string, value: string): Child => h('div', { class: 'row' }, h('span', {}, name), h('b', {}, value));
  return [
    h('header', {}, close, h('h2', {}, words.t('transfer')), h('span', { class: 'simulated' }, words.t('simulated'))),
    h('p', { class: 'merchant' }, page.merchant_name),
    h('p', { class: 'amount', testid: 'transfer-amount' }, h('small', {}, '¥'), yuan(page.amount_fen)),
    row(words.t('transfer_for'), page.perception),
    row(words.t('transfer_remark'), page.remark),
    h('p', { class: 'notice', 'aria-live': 'polite', testid: 'transfer-state' }, asks ? '' : words.t('transfer_taken')),
    asks
      ? button('transfer-take', words.t('transfer_take'), () => void take())
      : button('transfer-done', words.t('cashier_done'), leave),
  ];
}

function button(testid: string, text: string, act: () => void): HTMLElement {
  return h('div', { class: 'actions' }, h('button', { class: 'primary', testid, 'data-first': true, on: { click: act } }, text));
}
