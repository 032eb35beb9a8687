/** How the next payment on the phone ends: what a front end must survive, without touching the merchant. */

import { fill, h } from '../dom';
import type { Words } from '../i18n/index';
import { OUTCOMES, type Outcome } from '../management';

export class NextPayment {
  readonly element = h('section', { class: 'card next-payment' });
  private outcome: Outcome = 'success';
  private words: Words | undefined;

  /** For one cashier; the one after it ends as usual. */
  take(): Outcome {
    const { outcome } = this;
    this.outcome = 'success';
    if (this.words !== undefined) this.draw(this.words);
    return outcome;
  }

  draw(words: Words): void {
    this.words = words;
    const select = h('select', { testid: 'next-payment', on: { change: () => (this.outcome = select.value as Outcome) } });
    select.append(
      ...OUTCOMES.map((name) => h('option', { value: name, selected: name === this.outcome }, words.t(`outcome_${name}`))),
    );
    fill(this.element, h('label', { class: 'field' }, h('span', {}, words.t('next_payment')), select));
  }
}
