/** Every order the simulator knows, newest first. */

import { yuan } from '../../shared/money';
import { fill, h } from '../dom';
import type { Words } from '../i18n/index';
import type { Management, OrderRow } from '../management';
import { dateTimeOf } from '../time';
import type { Card } from './panel';

const SHOWN = 50;

export class OrdersCard implements Card {
  readonly element = h('section', { class: 'orders', testid: 'orders' });
  readonly concerns = ['order', 'clock'] as const;
  private orders: readonly OrderRow[] = [];

  constructor(
    private readonly words: Words,
    private readonly management: Management,
    private readonly showMessages: (out_trade_no: string) => void,
  ) {}

  async refresh(): Promise<void> {
    const orders = [...(await this.management.orders())];
    this.orders = orders.sort((a, b) => b.created_at.localeCompare(a.created_at)).slice(0, SHOWN);
  }

  draw(): void {
    if (this.orders.length === 0) return fill(this.element, h('p', { class: 'empty' }, this.words.t('no_orders')));
    fill(this.element, ...this.orders.map((order) => this.row(order)));
  }

  private row(order: OrderRow): HTMLElement {
    const { words } = this;
    return h(
      'article',
      { class: 'card order', testid: `order-${order.out_trade_no}`, 'data-state': order.trade_state },
      h(
        'header',
        {},
        h('b', {}, `¥${yuan(order.amount_fen)}`),
        h('span', { class: `pill ${order.trade_state}` }, words.state(order.trade_state)),
      ),
      h('p', {}, order.description),
      h('p', { class: 'mono' }, order.out_trade_no),
      h(
        'footer',
        {},
        h('time', { datetime: order.created_at }, dateTimeOf(order.created_at)),
        h(
          'button',
          { class: 'link', testid: `order-messages-${order.out_trade_no}`, on: { click: () => this.showMessages(order.out_trade_no) } },
          words.t('order_messages'),
        ),
      ),
    );
  }
}
