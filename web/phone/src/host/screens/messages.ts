/** What WeChat Pay has told the person: receipts of payments, refunds that arrived. */

import { yuan } from '../../shared/money';
import { h, type Child } from '../dom';
import type { Key } from '../i18n/index';
import type { WalletMessage } from '../management';
import { dateTimeOf } from '../time';
import { Tool, type Desk } from './tool';

const TITLES: Readonly<Record<WalletMessage['kind'], Key>> = { payment: 'receipt', refund: 'refund_arrived' };

export class MessagesScreen extends Tool {
  constructor(desk: Desk) {
    super(desk, 'messages', 'messages-screen');
  }

  protected content(): Child[] {
    const { words, wallet } = this.desk;
    const list = wallet?.messages ?? [];
    if (list.length === 0) return [h('p', { class: 'empty' }, words.t('no_messages'))];
    return [h('ol', { class: 'receipts', testid: 'receipts' }, ...list.map((message) => this.receipt(message)))];
  }

  private receipt(message: WalletMessage): HTMLElement {
    const { words } = this.desk;
    const row = (name: Key, value: string): Child[] => [h('dt', {}, words.t(name)), h('dd', {}, value)];
    return h(
      'li',
      { class: 'card receipt', testid: `receipt-${message.id}`, 'data-kind': message.kind },
      h(
        'header',
        {},
        h('i', { class: 'service', 'aria-hidden': 'true' }, '¥'),
        h('span', {}, words.t('pay_service')),
        h('time', { datetime: message.at }, dateTimeOf(message.at).slice(5, 16)),
      ),
      h('p', { class: 'kind' }, words.t(TITLES[message.kind])),
      h('p', { class: 'sum' }, h('small', {}, '¥'), yuan(message.amount_fen)),
      h('dl', {}, ...row('receipt_merchant', message.merchant_name), ...row('receipt_item', message.description)),
    );
  }
}
