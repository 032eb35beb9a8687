/** What WeChat asks a person on behalf of a program: its sheet, in its words, with a way to say no. */

import { Dialog } from './dialog';
import { fill, h } from './dom';
import type { Key, Words } from './i18n/index';

export interface Question {
  readonly title: string;
  readonly text: string;
  readonly lines?: readonly string[];
  readonly yes: Key;
  readonly no: Key;
}

/** Settles with the answer; Esc is a no. */
export function ask(question: Question, words: Words, parent: HTMLElement): Promise<boolean> {
  return new Promise((resolve) => {
    const answer = (yes: boolean) => (): void => {
      dialog.close();
      resolve(yes);
    };
    const dialog = new Dialog({ label: question.title, testid: 'question', class: 'question', parent, onDismiss: answer(false) });
    const lines = question.lines ?? [];
    fill(
      dialog.box,
      h('header', {}, h('h2', { testid: 'question-title' }, question.title), h('span', { class: 'simulated' }, words.t('simulated'))),
      h('p', {}, question.text),
      lines.length === 0 ? null : h('ul', {}, ...lines.map((line) => h('li', {}, line))),
      h(
        'div',
        { class: 'actions' },
        h('button', { class: 'primary', testid: 'question-yes', 'data-first': true, on: { click: answer(true) } }, words.t(question.yes)),
        h('button', { class: 'secondary', testid: 'question-no', on: { click: answer(false) } }, words.t(question.no)),
      ),
    );
    dialog.open();
    dialog.focusFirst();
  });
}
