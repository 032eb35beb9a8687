/** The world as a whole: its seed, starting it afresh, keeping it as a file, telling it a story. */

import { fill, h } from '../dom';
import type { Words } from '../i18n/index';
import type { Fixture, Management } from '../management';
import type { Card } from './panel';
import { Stories } from './stories';

export class WorldCard implements Card {
  readonly element = h('section', { class: 'world', testid: 'world' });
  readonly concerns = ['identity'] as const;
  private fixture: Fixture | undefined;
  private said = '';
  private readonly stories: Stories;
  private readonly seed = h('input', { type: 'text', inputmode: 'numeric', pattern: '[0-9]*', testid: 'seed' });
  private readonly file = h('input', { type: 'file', accept: 'application/json,.json', class: 'visually-hidden', testid: 'import' });

  constructor(
    private readonly words: Words,
    private readonly management: Management,
  ) {
    this.stories = new Stories(words, management);
    this.file.addEventListener('change', () => void this.load(this.file.files?.[0]));
  }

  async refresh(): Promise<void> {
    this.fixture = await this.management.fixture();
    await this.stories.refresh();
  }

  draw(): void {
    const { words, fixture } = this;
    this.seed.placeholder = words.t('seed_new');
    this.seed.setAttribute('aria-label', words.t('seed'));
    this.stories.draw();
    fill(
      this.element,
      h('p', { class: 'line', 'aria-live': 'polite', testid: 'world-said' }, this.said),
      h(
        'section',
        { class: 'card' },
        h('h3', {}, words.t('seed')),
        h('p', { class: 'mono', testid: 'seed-now' }, String(fixture?.seed ?? '—')),
        h('p', { class: 'line' }, words.t('seed_hint')),
        h(
          'form',
          { class: 'buttons', on: { submit: (event) => this.reset(event) } },
          this.seed,
          h('button', { testid: 'reset' }, words.t('reset')),
        ),
      ),
      h(
        'section',
        { class: 'card' },
        h('h3', {}, words.t('state')),
        h('p', { class: 'line' }, words.t('state_hint')),
        h(
          'div',
          { class: 'buttons' },
          h('a', { class: 'button', href: '/api/state', download: '', testid: 'export' }, words.t('state_export')),
          h('label', { class: 'button' }, this.file, words.t('state_import')),
        ),
      ),
      this.stories.element,
    );
  }

  private reset(event: Event): void {
    event.preventDefault();
    const typed = this.seed.value.trim();
    void this.act(async () => {
      await this.management.reset(typed === '' ? undefined : Number(typed));
      this.seed.value = '';
      return this.words.t('reset_done');
    });
  }

  private async load(file: Blob | undefined): Promise<void> {
    if (file === undefined) return;
    this.file.value = '';
    await this.act(async () => {
      await this.management.importState(file);
      return this.words.t('state_imported');
    });
  }

  private async act(deed: () => Promise<string>): Promise<void> {
    try {
      this.said = await deed();
    } catch (thrown) {
      this.said = thrown instanceof Error ? thrown.message : String(thrown);
    }
    await this.refresh();
    this.draw();
  }
}
