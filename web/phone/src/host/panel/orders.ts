/** Every order the simulator knows, newest first, and what a person may do about one that is not paid. */

import { yuan } from '../../shared/money';
import { fill, h, type Child } from '../dom';
import type { Words } from '../i18n/index';
import { OUTCOMES, type Management, type OrderRow, type Outcome, type User } from '../management';
import { dateTimeOf } from '../time';
import type { Card } from './panel';

const SHOWN = 50;

interface Choice {
  readonly user?: string;
  readonly method: string;
  readonly outcome: Outcome;
}

export class OrdersCard implements Card {
  readonly element = h('section', { class: 'orders', testid: 'orders' });
  readonly concerns = ['order', 'clock', 'identity', 'wallet'] as const;
  private orders: readonly OrderRow[] = [];
  private users: readonly User[] = [];
  private now = '';
  /** What was chosen for each order, and what came of the last deed. */
  private readonly choices = new Map<string, Choice>();
  private readonly said = new Map<string, string>();

  constructor(
    private readonly words: Words,
    private readonly management: Management,
    /** How the next payment on the phone ends. */
    private readonly next: HTMLElement,
    private readonly showMessages: (out_trade_no: string) => void,
  ) {}

  async refresh(): Promise<void> {
    const { management } = this;
    const [orders, fixture, clock] = await Promise.all([management.orders(), management.fixture(), management.clock()]);
    this.orders = [...orders].sort((a, b) => b.created_at.localeCompare(a.created_at)).slice(0, SHOWN);
    this.users = fixture.users;
    this.now = clock.now;
  }

  draw(): void {
    const rows = this.orders.map((order) => this.row(order));
    const empty = h('p', { class: 'empty' }, this.words.t('no_orders'));
    fill(this.element, this.next, ...(rows.length === 0 ? [empty] : rows));
  }

  private row(order: OrderRow): HTMLElement {
    const { words } = this;
    const number = order.out_trade_no;
    return h(
      'article',
      { class: 'card order', testid: `order-${number}`, 'data-state': order.trade_state },
      h(
        'header',
        {},
        h('b', {}, `¥${yuan(order.amount_fen)}`),
        h('span', { class: `pill ${order.trade_state}` }, words.state(order.trade_state)),
      ),
      h('p', {}, order.description),
      h('p', { class: 'mono' }, [order.trade_type, order.mchid, number, order.user].filter(Boolean).join(' · ')),
      order.trade_state === 'NOTPAY' ? this.deeds(order) : null,
      h('p', { class: 'line', 'aria-live': 'polite', testid: `order-said-${number}` }, this.said.get(number) ?? ''),
      h(
        'footer',
        {},
        h('time', { datetime: order.created_at }, `${dateTimeOf(order.created_at)} · ${this.age(order)}`),
        h(
          'button',
          { class: 'link', testid: `order-messages-${number}`, on: { click: () => this.showMessages(number) } },
          words.t('order_messages'),
        ),
      ),
    );
  }

  private age(order: OrderRow): string {
    const seconds = (Date.parse(this.now) - Date.parse(order.created_at)) / 1000;
    if (seconds < 3600) return this.words.t('age_minutes', { n: Math.max(0, Math.floor(seconds / 60)) });
    return this.words.t('age_hours', { n: Math.floor(seconds / 3600) });
  }

  private deeds(order: OrderRow): Child {
    const { words } = this;
    const number = order.out_trade_no;
    const choice = this.choices.get(number) ?? { method: 'balance', outcome: 'success' };
    const person = this.users.find(({ name }) => name === (choice.user ?? order.user)) ?? this.users[0];
    const cards = person?.cards ?? [];
    const who = choiceOf(`act-user-${number}`, words.t('user'), this.users.map(({ name }) => [name, name]), person?.name);
    const methods = [['balance', words.t('wallet')] as const, ...cards.map(({ id, name }) => [id, name] as const)];
    const withWhat = choiceOf(`act-method-${number}`, words.t('cashier_method'), methods, choice.method);
    const outcomes = OUTCOMES.map((name) => [name, words.t(`outcome_${name}`)] as const);
    const what = choiceOf(`act-outcome-${number}`, words.t('act_outcome'), outcomes, choice.outcome);
    const chosen = (): Choice => ({ user: who.value, method: withWhat.value, outcome: what.value as Outcome });
    for (const select of [withWhat, what]) select.addEventListener('change', () => this.choices.set(number, chosen()));
    // Another person has other cards.
    who.addEventListener('change', () => {
      this.choices.set(number, { ...chosen(), method: 'balance' });
      this.draw();
    });
    return h(
      'div',
      { class: 'buttons deeds' },
      who,
      withWhat,
      what,
      h('button', { testid: `act-${number}`, on: { click: () => void this.act(order, chosen()) } }, words.t('act')),
    );
  }

  /** As the person at the cashier, without a front end: the second signature is not looked at. */
  private async act(order: OrderRow, { user = '', method, outcome }: Choice): Promise<void> {
    const { words, management } = this;
    try {
      const { prepay_id } = await management.order(order);
      if (prepay_id === undefined) throw new Error(words.t('act_no_way'));
      const by = order.code_url === undefined ? { prepay_id } : { code_url: order.code_url };
      const { trade_state, err_msg, refused } = await management.pay(by, user, { method, outcome });
      this.said.set(order.out_trade_no, [words.state(trade_state), refused, err_msg].filter(Boolean).join(' · '));
    } catch (thrown) {
      this.said.set(order.out_trade_no, thrown instanceof Error ? thrown.message : String(thrown));
    }
    await this.refresh();
    this.draw();
  }
}

function choiceOf(
  testid: string,
  label: string,
  options: readonly (readonly [value: string, text: string])[],
  chosen: string | undefined,
): HTMLSelectElement {
  const select = h('select', { testid, 'aria-label': label });
  select.append(...options.map(([value, text]) => h('option', { value, selected: value === chosen }, text)));
  return select;
}
