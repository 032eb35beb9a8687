/** Every message in and out of the simulator: what was signed, what the verdict was, what it held. */

import { fill, h } from '../dom';
import type { Words } from '../i18n/index';
import type { Management, Message } from '../management';
import type { Card } from './panel';

const SHOWN = 100;

export class InspectorCard implements Card {
  readonly element = h('section', { class: 'inspector', testid: 'messages' });
  readonly concerns = ['message'] as const;
  private messages: readonly Message[] = [];
  private only: string | undefined;
  private readonly open = new Set<string>();
  private resent = false;

  constructor(
    private readonly words: Words,
    private readonly management: Management,
  ) {}

  /** Shows the messages of one order only. */
  filter(out_trade_no: string | undefined): void {
    this.only = out_trade_no;
    this.messages = [];
    this.draw();
    void this.refresh().then(() => this.draw());
  }

  async refresh(): Promise<void> {
    const asked = this.only;
    const messages = await this.management.messages(asked);
    if (asked === this.only) this.messages = messages.slice(-SHOWN).reverse();
  }

  draw(): void {
    const { words } = this;
    const rows = this.messages.map((message) => this.row(message));
    fill(
      this.element,
      this.only === undefined
        ? null
        : h(
            'p',
            { class: 'filter' },
            h('span', { class: 'mono' }, this.only),
            h('button', { class: 'link', testid: 'filter-clear', on: { click: () => this.filter(undefined) } }, words.t('filter_all')),
          ),
      h('p', { class: 'notice', 'aria-live': 'polite' }, this.resent ? words.t('message_resent') : ''),
      ...(rows.length === 0 ? [h('p', { class: 'empty' }, words.t('no_inspected'))] : rows),
    );
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
    const isGood = /^(ok|valid|verified|unchecked)/i.test(verdict);
    details.append(
      h(
        'summary',
        {},
        h('span', { class: `way ${isIn ? 'in' : 'out'}`, title: words.t(isIn ? 'message_in' : 'message_out') }, isIn ? '↓' : '↑'),
        h('b', {}, message.kind),
        h('span', { class: 'path' }, `${message.method} ${pathOf(message.url)}`),
        h('span', { class: 'status' }, String(message.status ?? '…')),
        verdict === '' ? null : h('span', { class: isGood ? 'pill SUCCESS' : 'pill PAYERROR' }, verdict),
      ),
      ...this.parts(message),
    );
    return details;
  }

  private parts(message: Message): (HTMLElement | string)[] {
    const { words } = this;
    const part = (name: string, value: unknown): (HTMLElement | string)[] => {
      const text = shown(value);
      return text === '' ? [] : [h('h4', {}, name), h('pre', { tabindex: 0 }, text)];
    };
    const isNotification = message.kind.startsWith('notify');
    const again = (testid: string, name: string, verbatim: boolean): HTMLElement =>
      h('button', { testid: `${testid}-${message.id}`, on: { click: () => void this.resend(message.id, verbatim) } }, name);
    const resend = [
      again('resend', words.t('message_resend'), false),
      again('replay', words.t('message_replay'), true),
    ];
    return [
      h('p', { class: 'line' }, h('time', { datetime: message.at }, message.at), ` · ${message.url}`),
      ...(isNotification ? resend : []),
      ...part(words.t('message_verdict'), message.verdict),
      ...part(words.t('message_canonical'), message.canonical),
      ...part(words.t('message_headers'), message.headers),
      ...part(words.t('message_body'), message.body),
      ...part(words.t('message_decrypted'), message.decrypted),
    ];
  }

  private async resend(id: string, verbatim: boolean): Promise<void> {
    await this.management.resend(id, verbatim);
    this.resent = true;
    await this.refresh();
    this.draw();
  }
}

/** Text as it is (JSON text laid out for reading), anything else as JSON. */
function shown(value: unknown): string {
  if (value === undefined || value === null || value === '') return '';
  if (typeof value !== 'string') return JSON.stringify(value, null, 2);
  if (!/^\s*[{[]/.test(value)) return value;
  try {
    return JSON.stringify(JSON.parse(value), null, 2);
  } catch {
    return value;
  }
}

function pathOf(url: string): string {
  try {
    return new URL(url).pathname;
  } catch {
    return url;
  }
}
