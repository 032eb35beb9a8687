/**
 * A mobile app that pays: it hands the open SDK a `PayReq`, WeChat's cashier opens, and the app hears a
 * number. The app itself is not here; what its backend gave it is pasted.
 */

import type { PaymentOutcome } from '../../shared/protocol';
import { h, type Child } from '../dom';
import { Tool, type Desk } from './tool';

/** `errCode` of `PayResp`: 0 paid as far as the client knows, -1 an error, -2 the user left. */
export function errCodeOf(outcome: PaymentOutcome): number {
  return { ok: 0, fail: -1, cancel: -2 }[outcome.kind];
}

const EXAMPLE = JSON.stringify(
  { appid: 'wx…', partnerid: '1900000001', prepayid: 'wx…', package: 'Sign=WXPay', noncestr: '…', timestamp: '…', sign: '…' },
  null,
  2,
);

export class AppPaymentScreen extends Tool {
  private readonly input = h('textarea', { rows: 9, class: 'mono', testid: 'app-params', spellcheck: 'false' });
  private result: Child = null;

  constructor(desk: Desk) {
    super(desk, 'app_payment', 'app-screen');
  }

  protected content(): Child[] {
    const { words } = this.desk;
    this.input.placeholder = EXAMPLE;
    this.input.setAttribute('aria-label', words.t('app_params'));
    return [
      h('p', { class: 'hint' }, words.t('app_hint')),
      h(
        'form',
        { class: 'card paste', on: { submit: (event) => this.submit(event) } },
        this.input,
        h('button', { class: 'primary', testid: 'app-pay' }, words.t('app_open')),
      ),
      h('div', { 'aria-live': 'polite', testid: 'app-result' }, this.result),
    ];
  }

  private submit(event: Event): void {
    event.preventDefault();
    const params = objectIn(this.input.value);
    if (params === undefined) return this.show(h('p', { class: 'outcome alert' }, this.desk.words.t('app_not_json')));
    void this.open(params);
  }

  private async open(params: Readonly<Record<string, unknown>>): Promise<void> {
    const appid = String(params['appid'] ?? params['appId'] ?? '');
    const outcome = await this.desk.pay({ invoke: { kind: 'app', appid, params } });
    const errStr = outcome.kind === 'fail' ? outcome.detail : '';
    const answer = { errCode: errCodeOf(outcome), errStr };
    this.show(
      h('section', { class: 'card' }, h('h2', {}, 'PayResp'), h('pre', {}, JSON.stringify(answer, null, 2))),
    );
  }

  private show(result: Child): void {
    this.result = result;
    this.draw();
  }
}

function objectIn(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  } catch {
    // Said by the caller, in words for people.
  }
  return undefined;
}
