/** Users and their wallets: who they are in every app, what they have, and whether they may pay. */

import { yuan } from '../../shared/money';
import { fill, h } from '../dom';
import type { Words } from '../i18n/index';
import type { Fixture, Management, User, Wallet } from '../management';
import { fenOf } from './amounts';
import type { Card } from './panel';

export class PeopleCard implements Card {
  readonly element = h('section', { class: 'people-card', testid: 'people' });
  readonly concerns = ['identity', 'wallet', 'order'] as const;
  private fixture: Fixture | undefined;
  private wallets = new Map<string, Wallet>();
  private said = '';
  private readonly balances = new Map<string, HTMLInputElement>();
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
      h(
        'details',
        {},
        h('summary', {}, words.t('user_openids')),
        h('dl', {}, h('dt', {}, 'unionid'), h('dd', { class: 'mono' }, user.unionid), ...openids),
      ),
    );
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
