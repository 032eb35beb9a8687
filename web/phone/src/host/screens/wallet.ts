/** What the person has, and where it came from and went. */

import { yuan } from '../../shared/money';
import { h, type Child } from '../dom';
import type { BankCard, WalletMessage } from '../management';
import { dateTimeOf } from '../time';
import { Tool, type Desk } from './tool';

export class WalletScreen extends Tool {
  constructor(desk: Desk) {
    super(desk, 'wallet', 'wallet-screen');
  }

  protected content(): Child[] {
    const { words, wallet } = this.desk;
    if (wallet === undefined) return [];
    const lines = wallet.messages.map((message) => this.line(message));
    return [
      h(
        'section',
        { class: 'card purse' },
        h('span', {}, words.t('wallet')),
        h('b', { class: 'amount', testid: 'wallet-balance' }, h('small', {}, '¥'), yuan(wallet.balance_fen)),
      ),
      h('h2', {}, words.t('cards')),
      wallet.cards.length === 0
        ? h('p', { class: 'empty' }, words.t('no_cards'))
        : h('ul', { class: 'bank-cards', testid: 'wallet-cards' }, ...wallet.cards.map(bankCard)),
      h('h2', {}, words.t('wallet_history')),
      lines.length === 0
        ? h('p', { class: 'empty' }, words.t('wallet_empty'))
        : h('ol', { class: 'card lines', testid: 'wallet-history' }, ...lines),
    ];
  }

  private line(message: WalletMessage): HTMLElement {
    const isIncome = message.kind !== 'payment';
    return h(
      'li',
      { testid: `wallet-line-${message.id}` },
      h('span', { class: 'what' }, message.merchant_name, h('small', {}, [message.description, message.method].filter(Boolean).join(' · '))),
      h(
        'span',
        { class: 'how-much' },
        h('b', { class: isIncome ? 'income' : '' }, `${isIncome ? '+' : '−'}${yuan(message.amount_fen)}`),
        h('time', { datetime: message.at }, dateTimeOf(message.at).slice(5, 16)),
      ),
    );
  }
}

function bankCard({ id, name }: BankCard): HTMLElement {
  return h('li', { class: 'bank-card', 'data-kind': id.includes('_CREDIT-') ? 'credit' : 'debit', testid: `card-${id}` }, name);
}
