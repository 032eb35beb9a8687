/** The control panel beside the phone: time, live orders, messages, faults, people, the world. */

import { fill, h } from '../dom';
import type { Words } from '../i18n/index';
import type { ChangeKind, Management } from '../management';
import { ClockCard } from './clock';
import { FaultsCard } from './faults';
import { InspectorCard } from './inspector';
import type { NextPayment } from './next-payment';
import { OrdersCard } from './orders';
import { PeopleCard } from './people';
import { WorldCard } from './world';

/** One part of the panel: it knows which changes concern it. */
export interface Card {
  readonly element: HTMLElement;
  readonly concerns: readonly ChangeKind[];
  refresh(): Promise<void>;
  draw(): void;
}

const TABS = ['orders', 'inspector', 'faults', 'people', 'world'] as const;
type TabName = (typeof TABS)[number];

export class Panel {
  readonly element: HTMLElement;
  private readonly cards: Record<TabName | 'clock', Card>;
  private readonly tabs = h('div', { class: 'tabs', role: 'tablist', on: { keydown: (event) => this.onKey(event) } });
  private readonly head = h('header', { class: 'panel-head' });
  private active: TabName = 'orders';

  constructor(
    private readonly words: Words,
    management: Management,
    private readonly next: NextPayment,
    private readonly onClose: () => void,
  ) {
    const inspector = new InspectorCard(words, management);
    const faults = new FaultsCard(words, management);
    this.cards = {
      clock: new ClockCard(words, management),
      orders: new OrdersCard(words, management, next.element, (out_trade_no) => {
        inspector.filter(out_trade_no);
        this.show('inspector');
      }),
      inspector,
      faults,
      people: new PeopleCard(words, management),
      world: new WorldCard(words, management),
    };
    const body = h('div', { class: 'panel-body' }, ...TABS.map((tab) => this.page(tab)));
    this.element = h('aside', { class: 'panel', testid: 'panel' }, this.head, faults.chips, this.cards.clock.element, this.tabs, body);
    words.onChange(() => this.draw());
    this.draw();
  }

  changed(kind: ChangeKind | 'reconnected'): void {
    for (const card of Object.values(this.cards)) {
      if (kind === 'reconnected' || card.concerns.includes(kind)) void refreshed(card);
    }
  }

  private page(tab: TabName): HTMLElement {
    const { element } = this.cards[tab];
    element.id = `page-${tab}`;
    element.setAttribute('role', 'tabpanel');
    element.setAttribute('aria-labelledby', `tab-${tab}`);
    return element;
  }

  private show(tab: TabName): void {
    this.active = tab;
    this.draw();
  }

  /** Arrows go from tab to tab, as everywhere. */
  private onKey(event: KeyboardEvent): void {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (step === undefined) return;
    event.preventDefault();
    this.show(TABS[(TABS.indexOf(this.active) + step + TABS.length) % TABS.length] ?? this.active);
    this.tabs.querySelector<HTMLElement>('[aria-selected=true]')?.focus();
  }

  private draw(): void {
    const { words } = this;
    this.element.setAttribute('aria-label', words.t('panel'));
    const close = h('button', { class: 'x', testid: 'close-panel', on: { click: this.onClose } }, words.t('panel_close'));
    fill(this.head, h('h2', {}, words.t('panel')), close);
    fill(
      this.tabs,
      ...TABS.map((tab) =>
        h(
          'button',
          {
            role: 'tab',
            id: `tab-${tab}`,
            'aria-selected': String(tab === this.active),
            'aria-controls': `page-${tab}`,
            tabindex: tab === this.active ? 0 : -1,
            testid: `tab-${tab}`,
            on: { click: () => this.show(tab) },
          },
          words.t(tab),
        ),
      ),
    );
    for (const tab of TABS) this.cards[tab].element.hidden = tab !== this.active;
    this.next.draw(words);
    for (const card of Object.values(this.cards)) card.draw();
  }
}

/** A refresh that fails leaves what is shown; the next change, or the reconnection, tries again. */
async function refreshed(card: Card): Promise<void> {
  try {
    await card.refresh();
    // Drawing anew under somebody's fingers would take the field away; what they do next draws.
    if (!isTypedIn(card.element)) card.draw();
  } catch (thrown) {
    console.warn(thrown);
  }
}

function isTypedIn(element: HTMLElement): boolean {
  const focused = document.activeElement;
  const isField = focused instanceof HTMLTextAreaElement || (focused instanceof HTMLInputElement && focused.type !== 'checkbox');
  return isField && element.contains(focused);
}
