/** Faults on demand, as chips: what is lit is happening. */

import { fill, h } from '../dom';
import type { Words } from '../i18n/index';
import type { Fault, Management } from '../management';
import type { Card } from './panel';

/** Every fault that has an effect today, grouped as they strike: answers, notifications, money. */
const NAMES = [
  'http_429', 'http_500', 'timeout_before', 'timeout_after', 'slow', 'bad_signature', 'unknown_serial',
  'probe_signature', 'truncated', 'notify_lost', 'notify_duplicate', 'notify_late', 'notify_reordered',
  'notify_bad_signature', 'notify_probe', 'notify_undecryptable', 'late_payment', 'refund_stuck', 'refund_abnormal',
] as const;

const COUNTS = [undefined, 1, 3] as const;

export class FaultsCard implements Card {
  readonly element = h('section', { class: 'faults', testid: 'faults' });
  readonly concerns = ['fault'] as const;
  private faults: readonly Fault[] = [];
  private count: number | undefined;

  constructor(
    private readonly words: Words,
    private readonly management: Management,
  ) {}

  async refresh(): Promise<void> {
    this.faults = await this.management.faults();
  }

  draw(): void {
    const { words } = this;
    const on = this.faults.length;
    fill(
      this.element,
      h(
        'div',
        { class: 'card' },
        h('p', { testid: 'faults-summary' }, on === 0 ? words.t('faults_none') : `${on} ${words.t('faults_on')}`),
        this.counts(),
        h('div', { class: 'chips' }, ...this.names().map((name) => this.chip(name))),
        on === 0 ? null : h('button', { testid: 'faults-clear', on: { click: () => void this.set([]) } }, words.t('faults_clear')),
      ),
    );
  }

  /** A fault set by somebody else under a name we do not list is shown all the same. */
  private names(): string[] {
    return [...new Set<string>([...NAMES, ...this.faults.map(({ name }) => name)])];
  }

  private chip(name: string): HTMLElement {
    const fault = this.faults.find((other) => other.name === name);
    const left = fault?.count === undefined ? '' : ` ×${fault.count}`;
    return h(
      'button',
      {
        class: 'chip',
        'aria-pressed': String(fault !== undefined),
        testid: `fault-${name}`,
        on: { click: () => void this.toggle(name) },
      },
      name + left,
    );
  }

  private counts(): HTMLElement {
    const { words } = this;
    const select = h('select', {
      testid: 'faults-count',
      on: { change: () => (this.count = select.value === '' ? undefined : Number(select.value)) },
    });
    for (const count of COUNTS) {
      const text = count === undefined ? words.t('faults_always') : words.t('faults_next', { n: count });
      select.append(h('option', { value: count ?? '', selected: count === this.count }, text));
    }
    return h('label', {}, words.t('faults_count'), ' ', select);
  }

  private toggle(name: string): Promise<void> {
    const others = this.faults.filter((fault) => fault.name !== name);
    if (others.length < this.faults.length) return this.set(others);
    return this.set([...others, { name, ...(this.count === undefined ? {} : { count: this.count }) }]);
  }

  private async set(faults: readonly Fault[]): Promise<void> {
    await this.management.setFaults(faults);
    await this.refresh();
    this.draw();
  }
}
