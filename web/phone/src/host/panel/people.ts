/** Users and their wallets: who they are in every app, what they have, and whether they may pay. */

import { yuan } from '../../shared/money';
import { fill, h } from '../dom';
import type { Words } from '../i18n/index';
import { CARD_OUTCOMES, type BankCard, type CardOutcome, type Fixture, type Management, type User, type Wallet } from '../management';
import { fenOf } from './amounts';
import type { Card } from './panel';

export class PeopleCard implements Card {
  readonly element = h('section', { class: 'people-card', testid: 'people' });
  readonly concerns = ['identity', 'wallet', 'order'] as const;
  private fixture: Fixture | undefined;
  private wallets = new Map<string, Wallet>();
  private said = '';
  private readonly balances = new Map<string, HTMLInputElement>();
  private readonly cardFields = new Map<string, HTMLInputElement>();
  private readonly name = h('input', { type: 'text', testid: 'new-user-name', pattern: '[a-z0-9\\-]{1,32}', required: true });
  private readonly balance = h('input', { type: 'text', inputmode: 'decimal', testid: 'new-user-balance', value: '1000.00' });

  constructor(
    private readonly words: Words,
    private readonly management: Management,
  ) {}

  async refresh(): Promise<void> {
    const fixture = await this.management.fixture();
    const names = fixture.users.map(({ name }) => name);
    const wallets = await Promise.all(names.map((name) => this.management.wallet(name)));
    this.fixture = fixture;
    this.wallets = new Map(names.map((name, index) => [name, wallets[index] as Wallet]));
  }

  draw(): void {
    const { words } = this;
    this.name.placeholder = words.t('new_user_name');
    this.name.setAttribute('aria-label', words.t('new_user_name'));
    this.balance.setAttribute('aria-label', words.t('wallet'));
    fill(
      this.element,
      h('p', { class: 'line', 'aria-live': 'polite', testid: 'people-said' }, this.said),
      ...(this.fixture?.users ?? []).map((user) => this.person(user)),
      h(
        'form',
        { class: 'card buttons', on: { submit: (event) => this.add(event) } },
        this.name,
        this.balance,
        h('button', { testid: 'new-user' }, words.t('new_user')),
      ),
    );
  }

  /** One field a person, so that what is being typed outlives a redraw. */
  private balanceField(user: string, known: string): HTMLInputElement {
    let field = this.balances.get(user);
    if (field === undefined) {
      const { words } = this;
      field = h('input', { type: 'text', inputmode: 'decimal', 'aria-label': `${user} ${words.t('wallet')}`, testid: `balance-${user}` });
      this.balances.set(user, field);
    }
    if (field.value === field.defaultValue) field.value = known;
    field.defaultValue = known;
    return field;
  }

  private person(user: User): HTMLElement {
    const { words } = this;
    const wallet = this.wallets.get(user.name);
    const blocked = wallet?.blocked === true;
    const balance = this.balanceField(user.name, wallet === undefined ? '' : yuan(wallet.balance_fen));
    const save = (event: Event): void => {
      event.preventDefault();
      void this.act(async () => {
        await this.management.changeWallet(user.name, { balance_fen: this.amount(balance.value) });
      });
    };
    const openids = Object.entries(user.openids).flatMap(([appid, openid]) => [
      h('dt', { class: 'mono' }, appid),
      h('dd', { class: 'mono' }, openid),
    ]);
    return h(
      'article',
      { class: 'card', testid: `person-${user.name}`, 'data-blocked': String(blocked) },
      h('header', {}, h('b', {}, user.name), blocked ? h('span', { class: 'pill PAYERROR' }, words.t('user_blocked')) : null),
      h(
        'form',
        { class: 'buttons', on: { submit: save } },
        h('span', { 'aria-hidden': 'true' }, '¥'),
        balance,
        h('button', { testid: `save-${user.name}` }, words.t('save')),
        h(
          'button',
          {
            type: 'button',
            testid: `block-${user.name}`,
            on: { click: () => void this.act(async () => void (await this.management.changeWallet(user.name, { blocked: !blocked }))) },
          },
          words.t(blocked ? 'user_unblock' : 'user_block'),
        ),
      ),
      this.cards(user.name, wallet?.cards ?? []),
      h(
        'details',
        {},
        h('summary', {}, words.t('user_openids')),
        h('dl', {}, h('dt', {}, 'unionid'), h('dd', { class: 'mono' }, user.unionid), ...openids),
      ),
    );
  }

  /** What each bank will say, chosen here; a card is bound by its bank, kind and last digits. */
  private cards(user: string, cards: readonly BankCard[]): HTMLElement {
    const { words } = this;
    const set = (changed: readonly Pick<BankCard, 'id' | 'outcome'>[]): void =>
      void this.act(async () => void (await this.management.changeWallet(user, { cards: changed.map(({ id, outcome }) => ({ id, outcome })) })));
    const rows = cards.map((card) => {
      const says = h('select', {
        'aria-label': `${card.name} ${words.t('card_outcome')}`,
        testid: `card-outcome-${user}-${card.id}`,
        on: { change: () => set(cards.map((other) => (other === card ? { ...card, outcome: says.value as CardOutcome } : other))) },
      });
      says.append(...CARD_OUTCOMES.map((name) => h('option', { value: name, selected: name === card.outcome }, words.t(`card_${name}`))));
      const label = words.t('card_remove', { name: card.name });
      const remove = h(
        'button',
        { class: 'remove', 'aria-label': label, title: label, testid: `card-remove-${user}-${card.id}`, on: { click: () => set(cards.filter((other) => other !== card)) } },
        '✕',
      );
      return h('li', {}, h('span', {}, card.name), says, remove);
    });
    const field = this.cardField(user);
    const bind = (event: Event): void => {
      event.preventDefault();
      const id = field.value.trim().toUpperCase();
      field.value = '';
      set([...cards, { id, outcome: 'pays' }]);
    };
    return h(
      'section',
      { class: 'person-cards' },
      h('h4', {}, words.t('cards')),
      rows.length === 0 ? null : h('ul', {}, ...rows),
      h('form', { class: 'buttons', on: { submit: bind } }, field, h('button', { testid: `card-add-${user}` }, words.t('card_add'))),
    );
  }

  private cardField(user: string): HTMLInputElement {
    let field = this.cardFields.get(user);
    if (field === undefined) {
      field = h('input', { type: 'text', spellcheck: 'false', placeholder: 'CMB_DEBIT-8821', required: true, testid: `card-id-${user}` });
      this.cardFields.set(user, field);
    }
    field.setAttribute('aria-label', `${user} ${this.words.t('card_add')}`);
    return field;
  }

  private add(event: Event): void {
    event.preventDefault();
    void this.act(async () => {
      await this.management.addUser(this.name.value, this.amount(this.balance.value));
      this.name.value = '';
    });
  }

  private amount(text: string): number {
    const fen = fenOf(text);
    if (fen === undefined) throw new Error(this.words.t('no_amount', { text }));
    return fen;
  }

  private async act(deed: () => Promise<void>): Promise<void> {
    try {
      await deed();
      this.said = this.words.t('saved');
    } catch (thrown) {
      this.said = thrown instanceof Error ? thrown.message : String(thrown);
    }
    await this.refresh();
    this.draw();
  }
}
