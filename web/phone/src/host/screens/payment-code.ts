/** The payment code: what a shop's scanner reads from the phone. A new one every minute of simulated time. */

import { h, type Child } from '../dom';
import type { ChangeKind, PaymentCode } from '../management';
import { code128 } from './code128';
import { Tool, type Desk } from './tool';

/** The simulated clock may jump at any moment, so the code is asked for again and again. */
const EVERY_MS = 5000;

/** Narrowest bar, and the white at both ends, in units of the drawing. */
const QUIET = 10;
const HEIGHT = 60;

export class PaymentCodeScreen extends Tool {
  private code: PaymentCode | undefined;
  private readonly timer = setInterval(() => void this.renew(), EVERY_MS);

  constructor(desk: Desk) {
    super(desk, 'payment_code', 'code-screen');
    void this.renew();
  }

  override destroy(): void {
    clearInterval(this.timer);
  }

  async changed(kind: ChangeKind | 'reconnected'): Promise<void> {
    if (kind !== 'message') await this.renew();
  }

  protected content(): Child[] {
    const { words } = this.desk;
    if (this.code === undefined) return [h('p', { class: 'empty' }, words.t('cashier_loading'))];
    const digits = this.code.auth_code;
    const grouped = digits.replace(/(\d{4})(?=\d)/g, '$1 ');
    return [
      h('p', { class: 'hint' }, words.t('code_hint')),
      h(
        'section',
        { class: 'card code-card' },
        bars(digits, words.t('payment_code')),
        h('p', { class: 'digits', testid: 'auth-code' }, grouped),
        h('img', { src: `/api/phone/qr?text=${digits}`, alt: words.t('payment_code'), width: 200, height: 200, testid: 'code-qr' }),
        h('p', { class: 'line' }, words.t('code_renewed')),
      ),
      h('button', { class: 'secondary', testid: 'code-copy', on: { click: () => void this.copy(digits) } }, words.t('code_copy')),
    ];
  }

  private async renew(): Promise<void> {
    try {
      const code = await this.desk.management.paymentCode(this.desk.user);
      if (code.auth_code === this.code?.auth_code) return;
      this.code = code;
      this.draw();
    } catch (thrown) {
      this.desk.warn(thrown instanceof Error ? thrown.message : String(thrown));
    }
  }

  private async copy(digits: string): Promise<void> {
    // Without the permission the digits can still be read.
    await navigator.clipboard?.writeText(digits).catch(() => {});
    this.desk.warn(this.desk.words.t('copied'));
  }
}

const SVG = 'http://www.w3.org/2000/svg';

function bars(digits: string, label: string): SVGElement {
  const widths = code128(digits);
  const total = widths.reduce((sum, width) => sum + width, 2 * QUIET);
  const svg = document.createElementNS(SVG, 'svg');
  const attributes = { viewBox: `0 0 ${total} ${HEIGHT}`, preserveAspectRatio: 'none', role: 'img', 'aria-label': label, class: 'bars' };
  for (const [name, value] of Object.entries(attributes)) svg.setAttribute(name, value);
  let at = QUIET;
  let path = '';
  widths.forEach((width, index) => {
    if (index % 2 === 0) path += `M${at} 0h${width}v${HEIGHT}h-${width}z`;
    at += width;
  });
  const drawn = document.createElementNS(SVG, 'path');
  drawn.setAttribute('d', path);
  svg.append(drawn);
  return svg;
}
