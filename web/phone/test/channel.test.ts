/** Goal: two pages talk over an event channel, and handlers get events they may write on. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EventChannel } from '../src/guest/channel';
import { seen } from '../src/guest/events';

test('what one end says the other hears, and not itself', () => {
  const [opener, opened] = EventChannel.pair();
  const heard: unknown[] = [];
  opener.on('tea', (...args) => heard.push(['opener', ...args]));
  opened.on('tea', (...args) => heard.push(['opened', ...args]));
  opener.emit('tea', 'green', 2);
  opened.emit('tea');
  opener.emit('milk');
  assert.deepEqual(heard, [['opened', 'green', 2], ['opener']]);
});

test('once hears once; off forgets one listener, or all of a name', () => {
  const [opener, opened] = EventChannel.pair();
  const heard: string[] = [];
  const a = (): void => void heard.push('a');
  opened.once('x', () => void heard.push('once'));
  opened.on('x', a);
  opened.on('x', () => void heard.push('b'));
  opener.emit('x');
  opened.off('x', a);
  opener.emit('x');
  opened.off('x');
  opener.emit('x');
  assert.deepEqual(heard, ['once', 'a', 'b', 'b']);
});

/** As much of a framework's event as is read. */
function tapOn(target: object): Parameters<typeof seen>[0] {
  const event = {
    type: 'tap',
    timeStamp: 7,
    detail: { x: 1, y: 2 },
    target,
    currentTarget: { _$: { id: 'row', dataset: { sku: 'x' }, $$: { offsetLeft: 3, offsetTop: 4 } } },
    mark: { m: 1 },
    mutatedMarked: () => false,
    getOriginalEvent: () => undefined,
    stopPropagation: () => assert.fail('not the handler’s business'),
  };
  return event as unknown as Parameters<typeof seen>[0];
}

test('an event is told in plain values, of elements and of components', () => {
  const told = seen(tapOn({ id: '', dataset: {} }));
  assert.deepEqual(told, {
    type: 'tap',
    timeStamp: 7,
    detail: { x: 1, y: 2 },
    target: { id: '', dataset: {}, offsetLeft: 0, offsetTop: 0 },
    currentTarget: { id: 'row', dataset: { sku: 'x' }, offsetLeft: 3, offsetTop: 4 },
    mark: { m: 1 },
    mut: false,
  });
  assert.equal(JSON.stringify(told).includes('stopPropagation'), false);
});

test('what a handler writes on its event stays there', () => {
  const dataset = { sku: 'x' };
  const event = tapOn({ id: '', dataset });
  const before = event.stopPropagation;
  const told = seen(event) as unknown as { stopPropagation: () => void; target: { dataset: { sku: string } } };
  told.stopPropagation = () => {};
  told.target.dataset.sku = 'changed';
  assert.equal(event.stopPropagation, before);
  assert.equal(dataset.sku, 'x');
});
