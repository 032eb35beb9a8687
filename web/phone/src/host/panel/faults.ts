/** Faults on demand: which are on stands as chips over the whole panel, new ones are made here. */

import { fill, h } from '../dom';
import type { Words } from '../i18n/index';
import type { Fault, Fixture, KnownFault, Management } from '../management';
import type { Card } from './panel';

export class FaultsCard implements Card {
  readonly element = h('section', { class: 'faults', testid: 'faults' });
  /** What is on: always in sight, whichever part of the panel is open. */
  readonly chips = h('div', { class: 'chips active-faults', testid: 'active-faults' });
  readonly concerns = ['fault', 'identity'] as const;
  private faults: readonly Fault[] = [];
  private known: readonly KnownFault[] = [];
  private merchants: Fixture['merchants'] = [];
  private said = '';
  private readonly name = h('select', { testid: 'fault-name' });
  private readonly match = h('input', { type: 'text', list: 'fault-matches', spellcheck: 'false', testid: 'fault-match' });
  private readonly matches = h('datalist', { id: 'fault-matches' });
  private readonly percent = h('input', { type: 'number', min: 0.0001, max: 100, step: 'any', testid: 'fault-percent' });
  private readonly count = h('input', { type: 'number', min: 1, max: 1000, testid: 'fault-count' });

  constructor(
    private readonly words: Words,
    private readonly management: Management,
  ) {}

  async refresh(): Promise<void> {
    const { management } = this;
    const [faults, fixture, known] = await Promise.all([
      management.faults(),
      management.fixture(),
      this.known.length === 0 ? management.knownFaults() : this.known,
    ]);
    this.faults = faults;
    this.merchants = fixture.merchants;
    if (this.known.length > 0) return;
    this.known = known;
    this.offerNames();
  }

  draw(): void {
    const { words } = this;
    const on = this.faults.length;
    this.offerMatches();
    const field = (label: Parameters<Words['t']>[0], control: HTMLElement): HTMLElement =>
      h('label', { class: 'field' }, h('span', {}, words.t(label)), control);
    this.match.placeholder = words.t('fault_anywhere');
    this.percent.placeholder = words.t('fault_always');
    this.count.placeholder = words.t('fault_endless');
    for (const group of this.name.querySelectorAll('optgroup')) group.label = words.coded('place', group.dataset['place'] ?? '');
    for (const option of this.name.options) option.textContent = words.trouble(option.value);
    fill(this.chips, ...this.faults.map((fault, index) => this.chip(fault, index)));
    fill(
      this.element,
      h('p', { class: 'line', testid: 'faults-summary' }, on === 0 ? words.t('faults_none') : `${on} ${words.t('faults_on')}`),
      h('p', { class: 'line', 'aria-live': 'polite', testid: 'faults-said' }, this.said),
      h(
        'form',
        { class: 'card fields', on: { submit: (event) => this.add(event) } },
        field('fault_name', this.name),
        field('fault_match', this.match),
        this.matches,
        field('fault_percent', this.percent),
        field('fault_count', this.count),
        h('p', { class: 'line' }, words.t('fault_match_hint')),
        h(
          'div',
          { class: 'buttons' },
          h('button', { class: 'strong', testid: 'fault-add' }, words.t('fault_add')),
          h('button', { type: 'button', testid: 'faults-nasty', on: { click: () => void this.act(() => this.management.beNasty()) } }, words.t('faults_nasty')),
          h('button', { type: 'button', testid: 'faults-clear', disabled: on === 0, on: { click: () => void this.set([]) } }, words.t('faults_clear')),
        ),
      ),
    );
  }

  private chip(fault: Fault, index: number): HTMLElement {
    const { words } = this;
    const details = describe(fault);
    const without = this.faults.filter((_, other) => other !== index);
    return h(
      'button',
      {
        class: 'chip on',
        'aria-label': words.t('fault_off', { name: fault.name }),
        title: words.t('fault_off', { name: fault.name }),
        testid: `fault-on-${fault.name}`,
        on: { click: () => void this.set(without) },
      },
      [words.trouble(fault.name), ...details].join(' '),
      h('span', { 'aria-hidden': 'true' }, ' ✕'),
    );
  }

  private offerNames(): void {
    const places = [...new Set(this.known.map(({ place }) => place))];
    const groups = places.map((place) => {
      const group = h('optgroup', { 'data-place': place, label: place });
      group.append(...this.known.filter((known) => known.place === place).map(({ name }) => h('option', { value: name }, name)));
      return group;
    });
    this.name.replaceChildren(...groups);
  }

  /** The paths of the interface that are met most, and every merchant. */
  private offerMatches(): void {
    const merchants = this.merchants.map(({ mchid, name }) => h('option', { value: mchid }, name));
    const paths = PATHS.map((path) => h('option', { value: path }));
    this.matches.replaceChildren(...merchants, ...paths);
  }

  private add(event: Event): void {
    event.preventDefault();
    const fault: Fault = {
      name: this.name.value,
      ...(this.match.value.trim() === '' ? {} : { match: this.match.value.trim() }),
      ...(this.percent.value === '' ? {} : { probability: Number(this.percent.value) / 100 }),
      ...(this.count.value === '' ? {} : { count: Number(this.count.value) }),
    };
    void this.set([...this.faults, fault]);
  }

  private set(faults: readonly Fault[]): Promise<void> {
    return this.act(() => this.management.setFaults(faults));
  }

  private async act(deed: () => Promise<void>): Promise<void> {
    try {
      await deed();
      this.said = '';
    } catch (thrown) {
      this.said = thrown instanceof Error ? thrown.message : String(thrown);
    }
    await this.refresh();
    this.draw();
  }
}

const PATHS = [
  '/v3/pay/transactions', '/v3/pay/transactions/jsapi', '/v3/refund', 'GET /v3/refund', '/v3/certificates', '/v3/bill',
  '/sns/jscode2session', '/cgi-bin',
];

/** `/refund 10% ×3`, as far as anything was said. */
export function describe({ match, probability, count }: Fault): string[] {
  return [
    match ?? '',
    probability === undefined || probability === 1 ? '' : `${Number((probability * 100).toFixed(4))}%`,
    count === undefined ? '' : `×${count}`,
  ].filter((part) => part !== '');
}
