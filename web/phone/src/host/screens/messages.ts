/** What a person has been told: receipts and refunds by WeChat Pay, news of parcels, messages of mini programs. */

import { yuan } from '../../shared/money';
import { h, type Child } from '../dom';
import type { Key } from '../i18n/index';
import type { ChangeKind, InboxMessage, WalletMessage } from '../management';
import { dateTimeOf } from '../time';
import { Tool, type Desk } from './tool';

const TITLES: Readonly<Record<WalletMessage['kind'], Key>> = {
  payment: 'receipt',
  refund: 'refund_arrived',
  transfer: 'transfer_arrived',
};

const SENDERS: Readonly<Record<InboxMessage['kind'], Key>> = { subscribe: 'subscribe_service', shipping: 'shipping_service' };

export class MessagesScreen extends Tool {
  private inbox: readonly InboxMessage[] = [];
  /** Whose messages these are. */
  private reader = '';

  constructor(desk: Desk) {
    super(desk, 'messages', 'messages-screen');
    void this.changed('wallet');
  }

  async changed(kind: ChangeKind | 'reconnected'): Promise<void> {
    const { user, management } = this.desk;
    if (kind !== 'wallet' && kind !== 'reconnected' && user === this.reader) return;
    const inbox = await management.inbox(user);
    if (user !== this.desk.user) return;
    [this.inbox, this.reader] = [inbox, user];
    this.draw();
  }

  protected content(): Child[] {
    const { words, wallet, user } = this.desk;
    const receipts = (wallet?.messages ?? []).map((message) => ({ ...message, element: () => this.receipt(message) }));
    const inbox = user === this.reader ? this.inbox : [];
    const letters = inbox.map((message) => ({ ...message, element: () => this.letter(message) }));
    // Numbers rise with time over both lists.
    const all = [...receipts, ...letters].sort((one, other) => Number(other.id) - Number(one.id));
    if (all.length === 0) return [h('p', { class: 'empty' }, words.t('no_messages'))];
    return [h('ol', { class: 'receipts', testid: 'receipts' }, ...all.map(({ element }) => element()))];
  }

  private receipt(message: WalletMessage): HTMLElement {
    const { words } = this.desk;
    return h(
      'li',
      { class: 'card receipt', testid: `receipt-${message.id}`, 'data-kind': message.kind },
      this.head('¥', words.t('pay_service'), message.at),
      h('p', { class: 'kind' }, words.t(TITLES[message.kind])),
      h('p', { class: 'sum' }, h('small', {}, '¥'), yuan(message.amount_fen)),
      rows([
        [words.t('receipt_merchant'), message.merchant_name],
        [words.t('receipt_item'), message.description],
        [words.t(message.kind === 'refund' ? 'receipt_back_to' : 'cashier_method'), message.method],
      ]),
    );
  }

  private letter(message: InboxMessage): HTMLElement {
    const { words, programs } = this.desk;
    const { appid, page } = message;
    const program = programs.find((known) => known.appid === appid);
    const open = h(
      'button',
      { class: 'open-letter', testid: `open-${message.id}`, on: { click: () => program && this.desk.openProgram(program, page) } },
      words.t('open_program', { name: program?.name ?? appid }),
    );
    return h(
      'li',
      { class: 'card receipt', testid: `letter-${message.id}`, 'data-kind': message.kind },
      this.head(message.kind === 'shipping' ? '📦' : '✉', words.t(SENDERS[message.kind]), message.at),
      h('p', { class: 'kind' }, message.title),
      rows(message.lines),
      program === undefined ? null : open,
    );
  }

  private head(sign: string, sender: string, at: string): HTMLElement {
    return h(
      'header',
      {},
      h('i', { class: 'service', 'aria-hidden': 'true' }, sign),
      h('span', {}, sender),
      h('time', { datetime: at }, dateTimeOf(at).slice(5, 16)),
    );
  }
}

function rows(lines: readonly (readonly [label: string, value: string])[]): HTMLElement {
  const kept = lines.filter(([, value]) => value !== '');
  return h('dl', {}, ...kept.flatMap(([label, value]) => [h('dt', {}, label), h('dd', {}, value)]));
}
