/** The scanner: codes that merchants show just now, a text somebody pasted, or a picture of a code. */

import { yuan } from '../../shared/money';
import { h, type Child } from '../dom';
import type { ChangeKind, OrderRow } from '../management';
import { lumaOf } from './picture';
import { Tool, type Desk } from './tool';

/** What a scanned text is for. */
export type Scanned =
  | { readonly kind: 'pay'; readonly code_url: string }
  | { readonly kind: 'page'; readonly url: string }
  | { readonly kind: 'text'; readonly text: string };

export function meaningOf(text: string): Scanned {
  const trimmed = text.trim();
  if (/^weixin:\/\/wxpay\//i.test(trimmed)) return { kind: 'pay', code_url: trimmed };
  if (/^https?:\/\//i.test(trimmed)) return { kind: 'page', url: trimmed };
  return { kind: 'text', text: trimmed };
}

export class ScannerScreen extends Tool {
  private codes: readonly OrderRow[] = [];
  private readonly input = h('textarea', { rows: 2, testid: 'scan-text', spellcheck: 'false' });
  private readonly file = h('input', { type: 'file', accept: 'image/*', testid: 'scan-file', class: 'visually-hidden' });
  private result = '';

  constructor(
    desk: Desk,
    private readonly openPage: (url: string) => void,
  ) {
    super(desk, 'scanner', 'scanner-screen');
    this.file.addEventListener('change', () => void this.look(this.file.files?.[0]));
    this.element.addEventListener('dragover', (event) => event.preventDefault());
    this.element.addEventListener('drop', (event) => {
      event.preventDefault();
      void this.look(event.dataTransfer?.files[0]);
    });
    this.element.addEventListener('paste', (event) => {
      const picture = [...(event.clipboardData?.files ?? [])][0];
      if (picture !== undefined) void this.look(picture);
    });
    void this.changed('order');
  }

  async changed(kind: ChangeKind | 'reconnected'): Promise<void> {
    if (kind !== 'order' && kind !== 'clock' && kind !== 'reconnected') return;
    const orders = await this.desk.management.orders();
    this.codes = orders.filter((order) => order.code_url !== undefined);
    this.draw();
  }

  protected content(): Child[] {
    const { words } = this.desk;
    const label = words.t('scan_paste');
    this.input.placeholder = 'weixin://wxpay/bizpayurl?pr=…';
    this.input.setAttribute('aria-label', label);
    this.file.setAttribute('aria-label', words.t('scan_picture'));
    return [
      h(
        'div',
        { class: 'finder' },
        h('i', { class: 'beam', 'aria-hidden': 'true' }),
        h('p', {}, words.t('scan_hint')),
        h('label', { class: 'pick' }, this.file, words.t('scan_picture')),
      ),
      h('p', { class: 'outcome', 'aria-live': 'polite', testid: 'scan-result' }, this.result),
      h('h2', {}, words.t('scan_codes')),
      this.codes.length === 0
        ? h('p', { class: 'empty' }, words.t('scan_no_codes'))
        : h('ul', { class: 'codes', testid: 'scan-codes' }, ...this.codes.map((order) => this.code(order))),
      h('h2', {}, label),
      h(
        'form',
        { class: 'card paste', on: { submit: (event) => this.paste(event) } },
        this.input,
        h('button', { class: 'primary', testid: 'scan-go' }, words.t('scan_go')),
      ),
    ];
  }

  private code(order: OrderRow): HTMLElement {
    return h(
      'li',
      {},
      h(
        'button',
        {
          class: 'card',
          testid: `scan-${order.out_trade_no}`,
          on: { click: () => void this.read(order.code_url ?? '') },
        },
        h('span', { class: 'what' }, order.description, h('small', { class: 'mono' }, order.out_trade_no)),
        h('b', {}, `¥${yuan(order.amount_fen)}`),
      ),
    );
  }

  private paste(event: Event): void {
    event.preventDefault();
    if (this.input.value.trim() !== '') void this.read(this.input.value);
  }

  private async look(picture: Blob | undefined): Promise<void> {
    if (picture === undefined) return;
    const { words, management } = this.desk;
    this.file.value = '';
    try {
      const { width, height, luma } = await lumaOf(picture);
      const [first] = await management.scan(width, height, luma);
      if (first !== undefined) return await this.read(first);
      this.tell(words.t('scan_nothing'));
    } catch (thrown) {
      this.tell(words.t('scan_unreadable', { why: thrown instanceof Error ? thrown.message : String(thrown) }));
    }
  }

  private async read(text: string): Promise<void> {
    const scanned = meaningOf(text);
    this.tell('');
    switch (scanned.kind) {
      case 'pay':
        await this.desk.pay({ code_url: scanned.code_url });
        return;
      case 'page':
        return this.openPage(scanned.url);
      case 'text':
        return this.tell(scanned.text);
    }
  }

  private tell(text: string): void {
    this.result = text;
    this.draw();
  }
}
