/** Goal: what the control panel works out by itself is right: amounts, dates, commands, differences. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Message } from '../src/host/management';
import { fenOf } from '../src/host/panel/amounts';
import { diff } from '../src/host/panel/diff';
import { describe } from '../src/host/panel/faults';
import { curlOf, shown, wholeOf } from '../src/host/panel/message-text';
import { nextMorning, ofField } from '../src/host/time';

const MESSAGE: Message = {
  id: 1, at: '2026-03-01T12:00:00+08:00', direction: 'in', kind: 'request', method: 'POST', url: '/v3/pay?x=1',
  headers: { Host: 'h', 'Content-Length': '9', Accept: 'application/json' }, body: `{"a":"it's"}`,
};

test('yuan are typed in many ways and become fen without a float', () => {
  const table: [string, number | undefined][] = [
    ['1000', 100000], ['1,234.5', 123450], ['0.01', 1], [' ¥19.90 ', 1990], ['9007199254.99', 900719925499],
    ['', undefined], ['1.234', undefined], ['-1', undefined], ['1e3', undefined], ['.5', undefined],
  ];
  for (const [text, fen] of table) assert.equal(fenOf(text), fen, text);
});

test('the next morning is ten o’clock of the next day in Shanghai', () => {
  assert.equal(nextMorning('2026-02-28T00:30:00+08:00'), '2026-03-01T10:00:00+08:00');
  assert.equal(nextMorning('2026-12-31T23:59:59+08:00'), '2027-01-01T10:00:00+08:00');
  assert.equal(ofField('2026-03-01T09:30'), '2026-03-01T09:30:00+08:00');
  assert.equal(ofField('2026-03-01T09:30:15'), '2026-03-01T09:30:15+08:00');
});

test('a command repeats the request, and a quote in the body stays text', () => {
  assert.equal(
    curlOf(MESSAGE, 'http://127.0.0.1:9700'),
    `curl -X POST 'http://127.0.0.1:9700/v3/pay?x=1' \\\n  -H 'Accept: application/json' \\\n  --data-binary '{"a":"it'\\''s"}'`,
  );
  const get = { ...MESSAGE, method: 'GET', url: 'http://a/b', headers: {}, body: '' };
  assert.equal(curlOf(get, 'unused'), `curl -X GET 'http://a/b'`);
});

test('JSON is laid out, other text is left alone', () => {
  assert.equal(shown('{"a":1}'), '{\n  "a": 1\n}');
  assert.equal(shown('{broken'), '{broken');
  assert.equal(shown(undefined), '');
  assert.match(wholeOf(MESSAGE), /^in request\nPOST \/v3\/pay\?x=1\n\nHost: h\n[^]*"it's"/);
});

test('a difference names every line once, in order', () => {
  const kinds = (before: string, after: string): string => diff(before, after).map(({ kind, text }) => kind[0] + text).join();
  assert.equal(kinds('a\nb\nc', 'a\nx\nc'), 'sa,rb,ax,sc');
  assert.equal(kinds('a\nb', 'a\nb'), 'sa,sb');
  assert.equal(kinds('a\nb\nc\nd', 'b\nd\ne'), 'ra,sb,rc,sd,ae');
  const long = Array.from({ length: 4000 }, (_, line) => `l${line}`);
  const changed = diff(['x', ...long, 'y'].join('\n'), ['z', ...long.slice(1), 'w'].join('\n'));
  assert.deepEqual(new Set(changed.map(({ kind }) => kind)), new Set(['removed', 'added']));
});

test('a fault says what narrows it', () => {
  assert.deepEqual(describe({ name: 'slow', match: '/v3/refund', probability: 0.1, count: 3 }), ['/v3/refund', '10%', '×3']);
  assert.deepEqual(describe({ name: 'slow', probability: 1 }), []);
});
