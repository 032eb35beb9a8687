/** The simulated clock, and moving it forward. */

import { fill, h } from '../dom';
import type { Key, Words } from '../i18n/index';
import type { ClockFace, Management } from '../management';
import { dateTimeOf } from '../time';
import type { Card } from './panel';

const JUMPS: readonly [testid: string, label: Key, seconds: number][] = [
  ['advance-60', 'clock_minute', 60],
  ['advance-300', 'clock_five', 300],
  ['advance-7200', 'clock_hours', 7200],
];

export class ClockCard implements Card {
  readonly element = h('section', { class: 'card clock' });
  readonly concerns = ['clock'] as const;
  private face: ClockFace | undefined;
  private fired: number | undefined;

  constructor(
    private readonly words: Words,
    private readonly management: Management,
  ) {}

  async refresh(): Promise<void> {
    this.face = await this.management.clock();
  }

  draw(): void {
    const { words, face, fired } = this;
    const jumps = JUMPS.map(([testid, label, seconds]) =>
      h('button', { testid, on: { click: () => void this.advance(seconds) } }, words.t(label)),
    );
    fill(
      this.element,
      h('h3', {}, words.t('clock')),
      h(
        'dl',
        {},
        h('dt', {}, words.t('clock_virtual')),
        h('dd', { testid: 'clock-now' }, face === undefined ? '—' : `${dateTimeOf(face.now)} +08:00`),
        h('dt', {}, words.t('clock_wall')),
        h('dd', {}, face === undefined ? '—' : `${dateTimeOf(face.wall_now)} +08:00`),
      ),
      h('div', { class: 'buttons' }, ...jumps),
      h('p', { 'aria-live': 'polite' }, fired === undefined ? '' : words.t('clock_fired', { n: fired })),
    );
  }

  private async advance(seconds: number): Promise<void> {
    const { fired } = await this.management.advance(seconds);
    this.fired = fired.length;
    await this.refresh();
    this.draw();
  }
}
