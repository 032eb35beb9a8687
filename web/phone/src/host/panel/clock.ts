/** The simulated clock: standing still, and jumping forward once it is known what the jump will do. */

import { fill, h, type Child } from '../dom';
import type { Key, Words } from '../i18n/index';
import type { ClockFace, Forecast, Jump, Management, Planned } from '../management';
import { dateTimeOf, nextMorning, ofField } from '../time';
import type { Card } from './panel';

const JUMPS: readonly [testid: string, label: Key, seconds: number][] = [
  ['advance-60', 'clock_minute', 60],
  ['advance-300', 'clock_five', 300],
  ['advance-7200', 'clock_hours', 7200],
];

/** Rows of a forecast; the rest is counted. */
const SHOWN = 12;

export class ClockCard implements Card {
  readonly element = h('section', { class: 'card clock' });
  readonly concerns = ['clock'] as const;
  private face: ClockFace | undefined;
  /** A jump that waits for a yes. */
  private asked: { readonly jump: Jump; readonly forecast: Forecast } | undefined;
  private said = '';
  private readonly date = h('input', { type: 'datetime-local', step: 1, testid: 'clock-date' });

  constructor(
    private readonly words: Words,
    private readonly management: Management,
  ) {}

  async refresh(): Promise<void> {
    this.face = await this.management.clock();
  }

  draw(): void {
    const { words, face } = this;
    const paused = face?.paused === true;
    this.date.setAttribute('aria-label', words.t('clock_date'));
    if (this.date.value === '' && face !== undefined) this.date.value = face.now.slice(0, 19);
    const jump = (testid: string, label: Key, to: () => Jump): HTMLElement =>
      h('button', { testid, disabled: face === undefined, on: { click: () => void this.ask(to()) } }, words.t(label));
    fill(
      this.element,
      h('h3', {}, words.t('clock'), paused ? h('span', { class: 'pill NOTPAY' }, words.t('clock_paused')) : null),
      h(
        'dl',
        {},
        h('dt', {}, words.t('clock_virtual')),
        h('dd', { testid: 'clock-now' }, face === undefined ? '—' : `${dateTimeOf(face.now)} +08:00`),
        h('dt', {}, words.t('clock_wall')),
        h('dd', {}, face === undefined ? '—' : `${dateTimeOf(face.wall_now)} +08:00`),
      ),
      h(
        'div',
        { class: 'buttons' },
        h(
          'button',
          { testid: 'clock-pause', on: { click: () => void this.act(() => this.management.setPaused(!paused)) } },
          words.t(paused ? 'clock_resume' : 'clock_pause'),
        ),
        ...JUMPS.map(([testid, label, seconds]) => jump(testid, label, () => ({ seconds }))),
        jump('advance-morning', 'clock_morning', () => ({ at: nextMorning(face?.now ?? '') })),
      ),
      h(
        'form',
        { class: 'buttons', on: { submit: (event) => this.toDate(event) } },
        this.date,
        h('button', { testid: 'clock-set' }, words.t('clock_set')),
      ),
      ...this.question(),
      h('p', { 'aria-live': 'polite', testid: 'clock-said' }, this.said),
    );
  }

  private toDate(event: Event): void {
    event.preventDefault();
    if (this.date.value !== '') void this.ask({ at: ofField(this.date.value) });
  }

  /** A jump that does nothing but pass time needs no question. */
  private ask(jump: Jump): Promise<void> {
    return this.act(async () => {
      const forecast = await this.management.forecast(jump);
      if (forecast.due.length === 0) return this.jump(jump);
      this.asked = { jump, forecast };
    });
  }

  private async jump(jump: Jump): Promise<void> {
    const { fired } = await this.management.jump(jump);
    this.asked = undefined;
    this.date.value = '';
    this.said = this.words.t('clock_fired', { n: fired.length });
  }

  private question(): Child[] {
    if (this.asked === undefined) return [];
    const { words } = this;
    const { jump, forecast } = this.asked;
    const rest = forecast.due.length - SHOWN;
    return [
      h(
        'section',
        { class: 'forecast', testid: 'clock-forecast' },
        h('h4', {}, words.t('clock_will', { until: dateTimeOf(forecast.until) })),
        h('ol', {}, ...forecast.due.slice(0, SHOWN).map((planned) => this.row(planned))),
        rest > 0 ? h('p', {}, words.t('clock_rest', { n: rest })) : null,
        h(
          'div',
          { class: 'buttons' },
          h('button', { class: 'strong', testid: 'clock-jump', on: { click: () => void this.act(() => this.jump(jump)) } }, words.t('clock_jump')),
          h('button', { testid: 'clock-stay', on: { click: () => this.stay() } }, words.t('clock_stay')),
        ),
      ),
    ];
  }

  private row({ at, kind, number, unless_acknowledged }: Planned): HTMLElement {
    const { words } = this;
    return h(
      'li',
      {},
      h('time', { datetime: at }, dateTimeOf(at).slice(5)),
      h('b', {}, words.coded('planned', kind)),
      h('span', { class: 'mono' }, number ?? ''),
      unless_acknowledged ? h('small', {}, words.t('clock_unless')) : null,
    );
  }

  private stay(): void {
    this.asked = undefined;
    this.draw();
  }

  private async act(deed: () => Promise<void>): Promise<void> {
    this.said = '';
    try {
      await deed();
    } catch (thrown) {
      this.said = thrown instanceof Error ? thrown.message : String(thrown);
    }
    await this.refresh();
    this.draw();
  }
}
