/** Stories: a whole course of events as a text that is played, or written down while somebody acts. */

import { fill, h } from '../dom';
import type { Words } from '../i18n/index';
import type { Management, StoryStep } from '../management';

const EXAMPLE = `reset seed=7
pause
fault notify_lost count=2
order tea 39.90 kind=native
pay tea by=bo
advance 30s
expect tea state=SUCCESS notified=3`;

export class Stories {
  readonly element = h('section', { class: 'card stories' });
  private readonly text = h('textarea', { rows: 8, class: 'mono', spellcheck: 'false', testid: 'story' });
  private isRecording = false;
  private steps: readonly StoryStep[] = [];
  private said = '';

  constructor(
    private readonly words: Words,
    private readonly management: Management,
  ) {}

  async refresh(): Promise<void> {
    this.isRecording = (await this.management.recordedStory()).recording;
  }

  draw(): void {
    const { words, isRecording } = this;
    this.text.placeholder = EXAMPLE;
    this.text.setAttribute('aria-label', words.t('story'));
    const steps = this.steps.map(({ line, step, said, as_told }) =>
      h('li', { class: as_told ? '' : 'bad' }, `${as_told ? '✓' : '✕'} ${line}: ${step}`, said === '' ? null : h('small', {}, said)),
    );
    const record = (): Promise<void> => this.act(() => (isRecording ? this.stop() : this.management.recordStory()));
    fill(
      this.element,
      h('h3', {}, words.t('story')),
      h('p', { class: 'line' }, words.t('story_hint')),
      this.text,
      h(
        'div',
        { class: 'buttons' },
        h('button', { class: 'strong', testid: 'story-play', on: { click: () => void this.act(() => this.play()) } }, words.t('story_play')),
        h('button', { testid: 'story-record', 'aria-pressed': String(isRecording), on: { click: () => void record() } }, words.t(isRecording ? 'story_stop' : 'story_record')),
      ),
      h('p', { class: 'line', 'aria-live': 'polite', testid: 'story-said' }, this.said),
      steps.length === 0 ? null : h('ol', { class: 'mono steps', testid: 'story-steps' }, ...steps),
    );
  }

  private async play(): Promise<void> {
    const { as_told, steps } = await this.management.playStory(this.text.value);
    this.steps = steps;
    this.said = this.words.t(as_told ? 'story_as_told' : 'story_not_as_told');
  }

  /** What was written down takes the place of the text, ready to be played. */
  private async stop(): Promise<void> {
    this.text.value = (await this.management.stopRecording()).text;
  }

  private async act(deed: () => Promise<unknown>): Promise<void> {
    [this.steps, this.said] = [[], ''];
    try {
      await deed();
    } catch (thrown) {
      this.said = thrown instanceof Error ? thrown.message : String(thrown);
    }
    await this.refresh();
    this.draw();
  }
}
