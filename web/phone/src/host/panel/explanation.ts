/** Why a signature was refused: what was done, with which key, and both strings side by side. */

import { h } from '../dom';
import type { Key, Words } from '../i18n/index';
import type { Explanation } from '../management';
import { parted, type Parted } from './difference';

export function explained(words: Words, explanation: Explanation): HTMLElement {
  const { key, recovered, expected, signed, excluded } = explanation;
  const section = h('section', { class: 'explanation', testid: 'explanation' }, h('h4', {}, words.t('explanation')));
  section.append(h('p', { class: 'summary' }, explanation.summary[words.language]));
  const facts: [Key, string][] = [];
  if (key) facts.push(['explanation_key', `${words.t(`key_${key.role}`)} · ${key.mchid} · ${key.serial_no}`]);
  if (recovered) facts.push(['explanation_digest', `${recovered.algorithm} ${recovered.hex}`]);
  if (excluded) {
    const { keys, mistakes: tried, combinations } = excluded;
    facts.push(['explanation_excluded', words.t('explanation_tried', { keys, mistakes: tried.length, combinations })]);
  }
  section.append(h('dl', {}, ...facts.flatMap(([name, value]) => [h('dt', {}, words.t(name)), h('dd', { class: 'mono' }, value)])));
  if (expected !== undefined && signed !== undefined && expected !== signed) {
    const [right, wrong] = parted(expected, signed);
    section.append(text(words, 'explanation_expected', right), text(words, 'explanation_signed', wrong));
  }
  return section;
}

function text(words: Words, name: Key, { before, marked, after }: Parted): HTMLElement {
  const mark = h('mark', { title: words.t('explanation_difference') }, marked === '' ? words.t('explanation_end') : marked);
  return h('div', {}, h('h4', {}, words.t(name)), h('pre', { tabindex: 0, testid: name }, before, mark, after));
}
