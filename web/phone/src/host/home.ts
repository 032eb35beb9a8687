/** The phone's home screen: who uses it, what he has, which programs there are, what has arrived. */

import { yuan } from '../shared/money';
import { fill, h } from './dom';
import type { Words } from './i18n/index';
import type { MiniProgram, User, Wallet, WalletMessage } from './management';
import { timeOf } from './time';

export interface HomeState {
  readonly users: readonly User[];
  readonly user: string;
  readonly programs: readonly MiniProgram[];
  readonly wallet: Wallet | undefined;
  readonly one_tap: boolean;
}

export interface HomeActions {
  readonly openProgram: (program: MiniProgram) => void;
  readonly chooseUser: (name: string) => void;
  readonly setOneTap: (on: boolean) => void;
  readonly openPanel: () => void;
}

export function drawHome(parent: HTMLElement, state: HomeState, words: Words, actions: HomeActions): void {
  fill(
    parent,
    wallet(state, words, actions),
    h('h2', {}, words.t('mini_programs')),
    programs(state, words, actions),
    options(state, words, actions),
    h('h2', {}, words.t('messages')),
    messages(state.wallet?.messages ?? [], words),
  );
}

function wallet(state: HomeState, words: Words, actions: HomeActions): HTMLElement {
  const select = h('select', {
    testid: 'user-switcher',
    'aria-label': words.t('user'),
    on: { change: () => actions.chooseUser(select.value) },
  });
  select.append(...state.users.map(({ name }) => h('option', { value: name, selected: name === state.user }, name)));
  const balance = state.wallet === undefined ? '—' : yuan(state.wallet.balance_fen);
  return h(
    'section',
    { class: 'card wallet' },
    h('div', { class: 'who' }, h('i', { class: 'avatar', 'aria-hidden': 'true' }, state.user.slice(0, 1).toUpperCase()), select),
    h('div', { class: 'balance' }, h('span', {}, words.t('wallet')), h('b', { testid: 'balance' }, `¥${balance}`)),
  );
}

function programs(state: HomeState, words: Words, actions: HomeActions): HTMLElement {
  if (state.programs.length === 0) return h('p', { class: 'empty' }, words.t('no_mini_programs'));
  const tiles = state.programs.map((program) =>
    h(
      'button',
      { class: 'tile', testid: `program-${program.appid}`, on: { click: () => actions.openProgram(program) } },
      h('i', { class: 'glyph', 'aria-hidden': 'true' }, [...program.name][0] ?? '·'),
      h('span', {}, program.name),
    ),
  );
  return h('div', { class: 'tiles' }, ...tiles);
}

function options(state: HomeState, words: Words, actions: HomeActions): HTMLElement {
  const box = h('input', {
    type: 'checkbox',
    testid: 'one-tap',
    checked: state.one_tap,
    on: { change: () => actions.setOneTap(box.checked) },
  });
  return h(
    'section',
    { class: 'card options' },
    h('label', {}, h('span', {}, words.t('one_tap')), box),
    h('button', { class: 'open-panel', testid: 'open-panel', on: { click: actions.openPanel } }, words.t('panel_open')),
  );
}

function messages(list: readonly WalletMessage[], words: Words): HTMLElement {
  if (list.length === 0) return h('p', { class: 'empty' }, words.t('no_messages'));
  const items = list.map((message) => {
    const title = words.t(message.kind === 'refund' ? 'refund_arrived' : 'receipt');
    const sign = message.kind === 'refund' ? '+' : '';
    return h(
      'li',
      { class: 'card receipt', testid: `receipt-${message.id}`, 'data-kind': message.kind },
      h('header', {}, h('span', {}, title), h('time', { datetime: message.at }, timeOf(message.at))),
      h('p', { class: 'sum' }, `${sign}¥${yuan(message.amount_fen)}`),
      h('p', { class: 'line' }, `${message.merchant_name} · ${message.description}`),
    );
  });
  return h('ol', { class: 'receipts', testid: 'receipts' }, ...items);
}
