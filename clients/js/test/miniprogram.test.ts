/** Goal: `wx` is called as WeChat documents it, and every way the cashier can answer is told apart. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { miniprogram, type Wx } from '../src/index';

type Options = Record<string, unknown> & {
  success?: (result: unknown) => void;
  fail?: (failure: { errMsg: string }) => void;
  complete?: (result: { errMsg: string }) => void;
};

interface Calls {
  wx: Wx;
  seen: Record<string, Options[]>;
  appShow: () => void;
  appHide: () => void;
}

function fakeWx(answer: (api: string, options: Options) => void): Calls {
  const seen: Record<string, Options[]> = {};
  const listeners = { show: new Set<() => void>(), hide: new Set<() => void>() };
  const api = (name: string) => (options: Options) => {
    (seen[name] ??= []).push(options);
    answer(name, options);
  };
  const wx = {
    login: api('login'),
    request: api('request'),
    requestPayment: api('requestPayment'),
    getAccountInfoSync: () => ({ miniProgram: { appId: 'wxabc' } }),
    getStorageSync: () => '',
    setStorageSync: () => {},
    onAppShow: (callback: () => void) => void listeners.show.add(callback),
    onAppHide: (callback: () => void) => void listeners.hide.add(callback),
    offAppShow: (callback: () => void) => void listeners.show.delete(callback),
    offAppHide: (callback: () => void) => void listeners.hide.delete(callback),
  } as unknown as Wx;
  const fire = (set: Set<() => void>) => () => [...set].forEach((callback) => callback());
  return { wx, seen, appShow: fire(listeners.show), appHide: fire(listeners.hide) };
}

const CASHIER: [string, string, string][] = [
  ['success', 'requestPayment:ok', 'ok'],
  ['fail', 'requestPayment:fail cancel', 'cancel'],
  ['complete', 'requestPayment:cancel', 'cancel'],
  ['fail', 'requestPayment:fail 支付验证签名失败', 'error'],
  ['fail', 'requestPayment:fail no permission', 'error'],
  ['fail', 'requestPayment:fail cancellation is not what happened', 'error'],
];

for (const [callback, errMsg, kind] of CASHIER) {
  test(`${callback} with "${errMsg}" is ${kind}`, async () => {
    const { wx, seen } = fakeWx((_, options) => {
      if (callback === 'success') options.success?.({ errMsg });
      if (callback === 'fail') options.fail?.({ errMsg });
      options.complete?.({ errMsg });
    });
    const answer = await miniprogram(wx).openCashier({ timeStamp: '1', package: 'prepay_id=x' });
    assert.equal(answer.kind, kind);
    assert.equal(seen['requestPayment']?.[0]?.['package'], 'prepay_id=x');
  });
}

test('every HTTP status is an answer, and problem documents are parsed', async () => {
  const { wx, seen } = fakeWx((_, options) =>
    options.success?.({ statusCode: 409, data: '{"code":"order_paid"}' }),
  );
  const request = { method: 'POST', url: 'u', headers: { A: 'b' }, body: { x: 1 }, timeout_ms: 5 } as const;
  const answer = await miniprogram(wx).http(request);
  assert.deepEqual(answer, { status: 409, body: { code: 'order_paid' } });
  const [sent] = seen['request'] ?? [];
  assert.equal(sent?.['data'], '{"x":1}');
  assert.equal(sent?.['timeout'], 5);
  assert.deepEqual(sent?.['header'], { 'content-type': 'application/json', A: 'b' });
});

test('no answer is a rejection with the text of WeChat', async () => {
  const { wx } = fakeWx((_, options) => options.fail?.({ errMsg: 'request:fail timeout' }));
  const request = { method: 'GET', url: 'u', headers: {}, timeout_ms: 5 } as const;
  await assert.rejects(miniprogram(wx).http(request), /request:fail timeout/);
});

test('login gives the code, or the text of the failure', async () => {
  const good = fakeWx((_, options) => options.success?.({ code: 'c', errMsg: 'login:ok' }));
  assert.equal(await miniprogram(good.wx).login(), 'c');
  const bad = fakeWx((_, options) => options.fail?.({ errMsg: 'login:fail timeout' }));
  await assert.rejects(miniprogram(bad.wx).login(), /login:fail timeout/);
});

test('the app going to the background hides the page', () => {
  const { wx, appHide, appShow } = fakeWx(() => {});
  const { visibility, appid } = miniprogram(wx);
  assert.equal(appid, 'wxabc');
  let changes = 0;
  const stop = visibility?.onChange(() => (changes += 1));
  appHide();
  assert.equal(visibility?.visible(), false);
  appShow();
  assert.equal(visibility?.visible(), true);
  stop?.();
  appHide();
  assert.equal(changes, 2);
});
