/** Goal: the cashier's keys and answers, the words in both languages, the wire between the two pages. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { onAnswer, onInput, type Cashier } from '../src/host/cashier/model';
import { entryOf, guestOrigin, maskedPhone } from '../src/host/guest-view';
import { DICTIONARIES, Words } from '../src/host/i18n/index';
import { GuestLink, type Handlers } from '../src/host/link';
import type { CashierInfo } from '../src/host/management';
import { yuan } from '../src/shared/money';
import type { FromHost, Launch } from '../src/shared/protocol';

const INFO: CashierInfo = {
  merchant_name: 'm', description: 'd', amount_fen: 1, out_trade_no: 'o', methods: [], expires_at: '',
};

function asking(pin = ''): Cashier {
  return { name: 'asking', info: INFO, pin, method: 'balance', busy: false, notice: undefined };
}

function typed(digits: string, from = asking()) {
  let step: ReturnType<typeof onInput> = { state: from };
  for (const digit of digits) step = onInput(step.state, { kind: 'digit', digit });
  return step;
}

test('the sixth digit submits, and later keys are ignored', () => {
  assert.equal(typed('12345').submit, undefined);
  const full = typed('123456');
  assert.deepEqual(full.submit, { method: 'balance', pin: '123456' });
  const later = onInput(full.state, { kind: 'digit', digit: '7' });
  assert.equal(later.submit, undefined);
  assert.equal(later.state, full.state);
});

test('backspace takes one digit back; what is no digit is no digit', () => {
  const { state } = onInput(typed('12').state, { kind: 'backspace' });
  assert.equal(state.name === 'asking' && state.pin, '1');
  for (const digit of ['x', '٣', '12', '']) {
    const same = onInput(asking('1'), { kind: 'digit', digit }).state;
    assert.equal(same.name === 'asking' && same.pin, '1');
  }
});

test('a wrong PIN empties the boxes and says how many tries are left; none left locks', () => {
  const wrong = onAnswer(typed('111111').state, { kind: 'wrong_pin', remaining: 4 });
  assert.deepEqual(wrong, { ...asking(), notice: { kind: 'wrong_pin', remaining: 4 } });
  assert.equal(onAnswer(typed('111111').state, { kind: 'wrong_pin', remaining: 0 }).name, 'locked');
});

test('a sheet opens with the first way that can pay, and only such a way can be chosen', () => {
  const methods = [
    { id: 'balance', name: '', balance_fen: 0, usable: false },
    { id: 'CMB_DEBIT-8821', name: '', usable: true },
    { id: 'ICBC_CREDIT-0403', name: '', usable: true },
  ];
  const opened = onAnswer({ name: 'loading' }, { kind: 'opened', info: { ...INFO, methods } });
  assert.equal(opened.name === 'asking' && opened.method, 'CMB_DEBIT-8821');
  const chosen = (id: string): unknown => {
    const { state } = onInput(typed('12', opened).state, { kind: 'method', id });
    return state.name === 'asking' && [state.method, state.pin];
  };
  assert.deepEqual(chosen('ICBC_CREDIT-0403'), ['ICBC_CREDIT-0403', '']);
  assert.deepEqual(chosen('balance'), ['CMB_DEBIT-8821', '12']);
  const nothing = onAnswer({ name: 'loading' }, { kind: 'opened', info: INFO });
  assert.equal(typed('123456', nothing).submit, undefined);
  assert.equal(onInput(nothing, { kind: 'confirm' }).submit, undefined);
});

test('one tap submits without a PIN', () => {
  assert.deepEqual(onInput(asking(), { kind: 'confirm' }).submit, { method: 'balance' });
});

test('a payment that failed can be tried again; one that was made shows so', () => {
  const failed = onAnswer(typed('123456').state, { kind: 'failed', notice: { kind: 'unreachable' } });
  assert.deepEqual(typed('123456', failed).submit, { method: 'balance', pin: '123456' });
  assert.equal(onAnswer(typed('123456').state, { kind: 'paid' }).name, 'paid');
});

test('an answer that comes after the end changes nothing', () => {
  const refused: Cashier = { name: 'refused', detail: 'x' };
  assert.equal(onAnswer(refused, { kind: 'paid' }), refused);
});

test('both languages have the same keys, placeholders and no empty word', () => {
  const { zh, en } = DICTIONARIES;
  assert.deepEqual(Object.keys(en).sort(), Object.keys(zh).sort());
  for (const key of Object.keys(zh) as (keyof typeof zh)[]) {
    const places = (text: string): string[] => (text.match(/\{\w+\}/g) ?? []).sort();
    assert.deepEqual(places(en[key]), places(zh[key]), key);
    assert.ok(zh[key].trim() !== '' && en[key].trim() !== '', key);
    if (key !== 'language') assert.doesNotMatch(en[key], /\p{Script=Han}/u, `${key} is not translated`);
  }
});

test('words fill their places, and a state shows both words and code', () => {
  const words = new Words('zh');
  assert.equal(words.t('cashier_wrong_pin', { n: 4 }), '支付密码错误，还可以输入 4 次');
  assert.equal(words.state('SUCCESS'), '已支付 SUCCESS');
  assert.equal(words.state('NEW_ONE'), 'NEW_ONE');
  words.toggle();
  assert.equal(words.t('wallet'), 'Balance');
});

test('fen become yuan only as text', () => {
  const table: [number, string][] = [[0, '0.00'], [5, '0.05'], [1500, '15.00'], [12345678, '123,456.78'], [-230, '-2.30']];
  for (const [fen, text] of table) assert.equal(yuan(fen), text);
  assert.throws(() => yuan(1.5), RangeError);
});

test('a guest’s origin is its own', () => {
  assert.equal(guestOrigin('wxAB', { protocol: 'http:', port: '9702' }), 'http://wxab.localhost:9702');
});

test('a message names a page with its query; a number is masked', () => {
  assert.deepEqual(entryOf('/pages/order/order?id=1&a=%E8%8C%B6'), { path: 'pages/order/order', query: { id: '1', a: '茶' } });
  assert.deepEqual(entryOf(''), { path: '', query: {} });
  assert.equal(maskedPhone('13812345678'), '138****5678');
});

const ORIGIN = 'http://wx1.localhost:9702';

function link() {
  const posted: { message: FromHost; origin: string }[] = [];
  const calls: string[] = [];
  const guest = { postMessage: (message: FromHost, origin: string) => posted.push({ message, origin }) } as unknown as Window;
  const handlers: Handlers = {
    login: async () => {
      calls.push('login');
      return { code: 'c' };
    },
    request: (_, signal) => new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(new Error('aborted')))),
    requestPayment: async () => ({ kind: 'cancel' }),
    requestMerchantTransfer: async () => ({ kind: 'cancel' }),
    setClipboard: async () => ({}),
    checkSession: async () => ({ ok: true }),
    getPhoneNumber: async () => ({ errMsg: 'getPhoneNumber:ok' }),
    requestSubscribeMessage: async () => ({ errMsg: 'requestSubscribeMessage:ok' }),
  };
  const made = new GuestLink(ORIGIN, () => guest, () => ({ appid: 'wx1' }) as Launch, handlers, () => calls.push('notice'));
  const receive = (data: unknown, origin = ORIGIN, source: unknown = guest): void =>
    made.receive({ data, origin, source } as unknown as MessageEvent);
  return { posted, calls, receive, made };
}

const tick = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test('a call of the guest is answered to its origin only', async () => {
  const { posted, receive } = link();
  receive({ suanpan: 'call', id: 7, name: 'login', args: {} });
  await tick();
  assert.deepEqual(posted, [{ message: { suanpan: 'answer', id: 7, result: { code: 'c' } }, origin: ORIGIN }]);
});

test('other origins, other windows and other messages are not heard', async () => {
  const { posted, calls, receive } = link();
  receive({ suanpan: 'call', id: 1, name: 'login', args: {} }, 'http://evil.localhost:9702');
  receive({ suanpan: 'call', id: 1, name: 'login', args: {} }, ORIGIN, {});
  receive('hello');
  receive(null);
  await tick();
  assert.deepEqual([posted, calls], [[], []]);
});

test('names that are no calls are refused, those of Object too', async () => {
  const { posted, receive } = link();
  receive({ suanpan: 'call', id: 1, name: 'constructor', args: {} });
  await tick();
  assert.equal(posted[0]?.message.suanpan, 'refusal');
});

test('an aborted call gets no answer', async () => {
  const { posted, receive } = link();
  receive({ suanpan: 'call', id: 1, name: 'request', args: {} });
  receive({ suanpan: 'abort', id: 1 });
  await tick();
  assert.deepEqual(posted, []);
});
