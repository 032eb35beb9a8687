/** Goal: the first difference of two strings is what is marked, and signs that nobody sees are shown. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parted } from '../src/host/panel/difference';

test('the mark runs from the first difference to the end of its line', () => {
  const [right, wrong] = parted('GET\n/v3/a?b=1\n1\n', 'GET\n/v3/a\n1\n');
  assert.deepEqual(right, { before: 'GET⏎\n/v3/a', marked: '?b=1⏎\n', after: '1⏎\n' });
  assert.deepEqual(wrong, { before: 'GET⏎\n/v3/a', marked: '⏎\n', after: '1⏎\n' });
});

test('a string that ends early has an empty mark at its end', () => {
  const [right, wrong] = parted('a\n\n', 'a\n');
  assert.deepEqual(right, { before: 'a⏎\n', marked: '⏎\n', after: '' });
  assert.deepEqual(wrong, { before: 'a⏎\n', marked: '', after: '' });
});

test('letters beyond the sixteen bits are one letter, and control signs have pictures', () => {
  const [right, wrong] = parted('茶😀x\r\n', '茶😀\u{feff}x\n');
  assert.equal(right.before, '茶😀');
  assert.equal(right.marked, 'x␍⏎\n');
  assert.equal(wrong.marked, '⟨BOM⟩x⏎\n');
});

test('a long line is marked in part only', () => {
  const [right] = parted('b'.repeat(100), 'a');
  assert.equal(right.marked.length, 40);
  assert.equal(right.after.length, 60);
});
