/** The phone's home screen: who uses it, what he has, the mini programs and the phone's own screens. */

import { yuan } from '../shared/money';
import { fill, h } from './dom';
import { icon } from './icons';
import type { Words } from './i18n/index';
import type { MiniProgram, Wallet } from './management';
import { TOOLS, type ToolName } from './phone';

export interface HomeState {
  readonly user: string;
  readonly programs: readonly MiniProgram[];
  readonly wallet: Wallet | undefined;
  readonly one_tap: boolean;
}

export interface HomeActions {
  readonly openProgram: (program: MiniProgram) => void;
  readonly openTool: (name: ToolName) => void;
  readonly setOneTap: (on: boolean) => void;
  readonly openPanel: () => void;
}

export function drawHome(parent: HTMLElement, state: HomeState, words: Words, actions: HomeActions): void {
  fill(
    parent,
    wallet(state, words, actions),
    h('h2', {}, words.t('mini_programs')),
    programs(state, words, actions),
    h('h2', {}, words.t('tools')),
    tools(words, actions),
    options(state, words, actions),
  );
}

function wallet(state: HomeState, words: Words, actions: HomeActions): HTMLElement {
  const balance = state.wallet === undefined ? '—' : yuan(state.wallet.balance_fen);
  const who = h(
    'button',
    { class: 'who', 'aria-label': `${words.t('user')} ${state.user}`, testid: 'user-switcher', on: { click: () => actions.openTool('users') } },
    h('i', { class: 'avatar', 'aria-hidden': 'true' }, state.user.slice(0, 1).toUpperCase()),
    h('b', {}, state.user),
    h('span', { 'aria-hidden': 'true' }, '›'),
  );
  return h(
    'section',
    { class: 'card wallet' },
    who,
    h(
      'button',
      { class: 'balance', on: { click: () => actions.openTool('wallet') } },
      h('span', {}, words.t('wallet')),
      h('b', { testid: 'balance' }, `¥${balance}`),
    ),
  );
}

function tile(testid: string, glyph: string | SVGElement, name: string, open: () => void): HTMLElement {
  return h(
    'button',
    { class: 'tile', testid, on: { click: open } },
    h('i', { class: typeof glyph === 'string' ? 'glyph' : 'glyph plain', 'aria-hidden': 'true' }, glyph),
    h('span', {}, name),
  );
}

function programs(state: HomeState, words: Words, actions: HomeActions): HTMLElement {
  if (state.programs.length === 0) return h('p', { class: 'empty' }, words.t('no_mini_programs'));
  const tiles = state.programs.map((program) =>
    tile(`program-${program.appid}`, [...program.name][0] ?? '·', program.name, () => actions.openProgram(program)),
  );
  return h('div', { class: 'tiles' }, ...tiles);
}

function tools(words: Words, actions: HomeActions): HTMLElement {
  const tiles = TOOLS.map((name) =>
    tile(`tool-${name}`, icon(name), words.t(name), () => actions.openTool(name)),
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
