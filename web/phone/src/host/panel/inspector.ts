/** Every message in and out of the simulator: what was signed, what the verdict was, what it held. */

import { fill, h, type Child } from '../dom';
import type { Words } from '../i18n/index';
import type { Management, Message } from '../management';
import { diff } from './diff';
import { explained } from './explanation';
import { curlOf, shown, wholeOf } from './message-text';
import type { Card } from './panel';

const SHOWN = 100;

const KINDS = ['request', 'response', 'notify', 'notify_answer'] as const;

export class InspectorCard implements Card {
  readonly element = h('section', { class: 'inspector', testid: 'messages' });
  readonly concerns = ['message'] as const;
  private messages: readonly Message[] = [];
  private base = '';
  private readonly open = new Set<number>();
  /** One or two messages that are to be compared. */
  private marked: readonly number[] = [];
  private said = '';
  /** An order's number, or part of a path: numbers are asked of the simulator, the rest is sifted here. */
  private readonly search = h('input', { type: 'search', spellcheck: 'false', testid: 'filter-text', on: { input: () => this.refilter() } });
  private readonly kind = h('select', { testid: 'filter-kind', on: { change: () => this.refilter() } });
  private readonly onlyBad = h('input', { type: 'checkbox', testid: 'filter-bad', on: { change: () => this.refilter() } });
  private readonly list = h('div', { class: 'messages-list' });

  constructor(
    private readonly words: Words,
    private readonly management: Management,
  ) {}

  /** Shows the messages of one order only. */
  filter(out_trade_no: string): void {
    this.search.value = out_trade_no;
    this.kind.value = '';
    this.onlyBad.checked = false;
    this.refilter();
  }

  async refresh(): Promise<void> {
    if (this.base === '') this.base = (await this.management.fixture()).api_base;
    const asked = this.search.value.trim();
    const isNumber = /^[0-9A-Za-z_\-|*]{6,32}$/.test(asked);
    const ofOrder = isNumber ? await this.management.messages(asked) : [];
    const messages = ofOrder.length > 0 ? ofOrder : await this.management.messages();
    if (asked === this.search.value.trim()) this.messages = messages;
  }

  draw(): void {
    const { words } = this;
    this.search.placeholder = words.t('filter_text');
    this.search.setAttribute('aria-label', words.t('filter_text'));
    this.kind.setAttribute('aria-label', words.t('filter_kind'));
    const chosen = this.kind.value;
    const kinds = KINDS.map((kind) => h('option', { value: kind, selected: kind === chosen }, words.coded('kind', kind)));
    this.kind.replaceChildren(h('option', { value: '' }, words.t('filter_kind')), ...kinds);
    this.kind.value = chosen;
    fill(
      this.element,
      h('div', { class: 'filter' }, this.search, this.kind, h('label', {}, this.onlyBad, words.t('filter_bad'))),
      h('p', { class: 'notice', 'aria-live': 'polite', testid: 'inspector-said' }, this.said),
      ...this.comparison(),
      this.list,
    );
    this.drawList();
  }

  private refilter(): void {
    void this.refresh().then(() => this.drawList());
  }

  private drawList(): void {
    const asked = this.search.value.trim();
    const kind = this.kind.value;
    const chosen = this.messages.filter(
      (message) =>
        (kind === '' || message.kind === kind) &&
        (!this.onlyBad.checked || !isGood(message)) &&
        (asked === '' || message.out_trade_no === asked || message.url.includes(asked)),
    );
    const rows = chosen.slice(-SHOWN).reverse().map((message) => this.row(message));
    fill(this.list, ...(rows.length === 0 ? [h('p', { class: 'empty' }, this.words.t('no_inspected'))] : rows));
  }

  private row(message: Message): HTMLElement {
    const { words } = this;
    const isIn = message.direction === 'in';
    const details = h('details', { class: 'card message', testid: `message-${message.id}`, open: this.open.has(message.id) });
    details.addEventListener('toggle', () => {
      if (details.open) this.open.add(message.id);
      else this.open.delete(message.id);
    });
    const verdict = shown(message.verdict);
    details.append(
      h(
        'summary',
        {},
        h('span', { class: `way ${isIn ? 'in' : 'out'}`, title: words.t(isIn ? 'message_in' : 'message_out') }, isIn ? '↓' : '↑'),
        h('b', {}, words.coded('kind', message.kind)),
        h('span', { class: 'path' }, `${message.method} ${pathOf(message.url)}`),
        h('span', { class: 'status-code' }, String(message.status ?? '')),
        verdict === '' ? null : h('span', { class: isGood(message) ? 'pill SUCCESS' : 'pill PAYERROR', title: verdict }, verdict),
      ),
      ...this.parts(message),
    );
    return details;
  }

  private parts(message: Message): HTMLElement[] {
    const { words } = this;
    const part = (name: string, value: unknown): HTMLElement[] => {
      const text = shown(value);
      return text === '' ? [] : [h('h4', {}, name), h('pre', { tabindex: 0 }, text)];
    };
    return [
      h('p', { class: 'line' }, h('time', { datetime: message.at }, message.at), ` · ${message.url}`),
      this.deeds(message),
      ...part(words.t('message_verdict'), message.verdict),
      ...(message.explanation ? [explained(words, message.explanation)] : []),
      ...part(words.t('message_canonical'), message.canonical),
      ...part(words.t('message_headers'), message.headers),
      ...part(words.t('message_body'), message.body),
      ...part(words.t('message_decrypted'), message.decrypted),
    ];
  }

  private deeds(message: Message): HTMLElement {
    const { words } = this;
    const { id, kind } = message;
    const button = (name: string, text: string, act: () => void): HTMLElement =>
      h('button', { testid: `${name}-${id}`, on: { click: act } }, text);
    const isCall = kind === 'request' || kind === 'notify';
    const isMarked = this.marked.includes(id);
    return h(
      'div',
      { class: 'buttons' },
      isCall && button('curl', words.t('message_curl'), () => void this.copy(curlOf(message, this.base))),
      kind === 'notify' && button('resend', words.t('message_resend'), () => void this.resend(id, false)),
      kind === 'notify' && button('replay', words.t('message_replay'), () => void this.resend(id, true)),
      button('compare', words.t(isMarked ? 'message_unmark' : 'message_compare'), () => this.mark(id)),
    );
  }

  private mark(id: number): void {
    const others = this.marked.filter((other) => other !== id);
    this.marked = others.length < this.marked.length ? others : [...others.slice(-1), id];
    this.draw();
  }

  /** The older of the two first, as time went. */
  private comparison(): Child[] {
    const { words } = this;
    if (this.marked.length === 0) return [];
    const [before, after] = [...this.marked]
      .sort((a, b) => a - b)
      .map((id) => this.messages.find((message) => message.id === id));
    if (before === undefined || after === undefined) {
      return [h('p', { class: 'card line', testid: 'diff-hint' }, words.t('diff_hint', { id: this.marked[0] ?? '' }))];
    }
    const signs = { same: ' ', removed: '−', added: '+' } as const;
    const lines = diff(wholeOf(before), wholeOf(after)).map(({ kind, text }) =>
      h('span', { class: `diff-${kind}` }, `${signs[kind]} ${text}\n`),
    );
    const close = h('button', { class: 'link', testid: 'diff-close', on: { click: () => this.unmark() } }, words.t('panel_close'));
    return [
      h(
        'section',
        { class: 'card', testid: 'diff' },
        h('header', { class: 'split' }, h('h4', {}, `${before.id} → ${after.id}`), close),
        h('pre', { tabindex: 0, class: 'diff' }, ...lines),
      ),
    ];
  }

  private unmark(): void {
    this.marked = [];
    this.draw();
  }

  private async copy(text: string): Promise<void> {
    try {
      await navigator.clipboard.writeText(text);
      this.say(this.words.t('copied'));
    } catch {
      // Without the permission the text is shown where it can be taken.
      this.say(text);
    }
  }

  private async resend(id: number, verbatim: boolean): Promise<void> {
    try {
      await this.management.resend(id, verbatim);
      this.said = this.words.t('message_resent');
    } catch (thrown) {
      this.said = thrown instanceof Error ? thrown.message : String(thrown);
    }
    await this.refresh();
    this.draw();
  }

  private say(text: string): void {
    this.said = text;
    this.draw();
  }
}

/** The simulator's words for what is as it should be; no verdict is no complaint. */
const GOOD = /^(signature accepted|signed$|not (a )?signed|acknowledged|a replay)/;

function isGood(message: Message): boolean {
  const verdict = shown(message.verdict);
  return verdict === '' || GOOD.test(verdict);
}

function pathOf(url: string): string {
  try {
    return new URL(url).pathname;
  } catch {
    return url;
  }
}
