/** Goal: `wx` keeps WeChat's conventions and words. Method: the functions on fakes; no browser needed. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { WX_API_NAMES } from 'wx-api-names';
import { HostRefusal, type Bridge } from '../src/guest/bridge';
import { account } from '../src/guest/wx/account';
import { ApiFailure, api, type Options, type Result } from '../src/guest/wx/async';
import { Requests, MAX_PARALLEL, httpCall } from '../src/guest/wx/request';
import { openTypes } from '../src/guest/wx/open-types';
import { storage } from '../src/guest/wx/storage';
import { withUnsupported } from '../src/guest/wx/unsupported';
import type { HttpResult, Launch } from '../src/shared/protocol';

const LAUNCH: Launch = {
  appid: 'wx1', user: 'alice', ext: { shop: 'http://x' }, stored: {}, path: 'p', query: {}, language: 'zh_CN', status_bar_height: 28,
};

const tick = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** A host that answers each call as told. */
function host(answer: (name: string, args: unknown) => Promise<unknown>) {
  const calls: { name: string; args: unknown }[] = [];
  const aborted: number[] = [];
  const call = (name: string, args: unknown) => {
    const index = calls.push({ name, args }) - 1;
    return { result: answer(name, args), abort: () => void aborted.push(index) };
  };
  return { calls, aborted, bridge: { call } as unknown as Pick<Bridge, 'call'> };
}

test('callbacks: success, then complete, and no promise', async () => {
  const order: string[] = [];
  const returned = api('x', () => ({ a: 1 }))({
    success: (result) => order.push(`success ${JSON.stringify(result)}`),
    fail: () => order.push('fail'),
    complete: () => order.push('complete'),
  });
  await tick();
  assert.equal(returned, undefined);
  assert.deepEqual(order, ['success {"errMsg":"x:ok","a":1}', 'complete']);
});

test('no callbacks: a promise; rejected with the errMsg object', async () => {
  assert.deepEqual(await api('x', () => ({ a: 1 }))(), { errMsg: 'x:ok', a: 1 });
  const failing = api('x', () => {
    throw new ApiFailure('because', { errno: 7 });
  });
  await assert.rejects(failing() as Promise<Result>, { errMsg: 'x:fail because', errno: 7 });
});

test('complete alone is a callback too', async () => {
  const seen: string[] = [];
  const returned = api('x', () => {
    throw new ApiFailure('');
  })({ complete: ({ errMsg }) => seen.push(errMsg) });
  await tick();
  assert.equal(returned, undefined);
  assert.deepEqual(seen, ['x:fail']);
});

const PAYMENT = { timeStamp: '1', nonceStr: 'n', package: 'prepay_id=p', signType: 'RSA', paySign: 's' };

const OUTCOMES: [object, string][] = [
  [{ kind: 'ok' }, 'requestPayment:ok'],
  [{ kind: 'cancel' }, 'requestPayment:fail cancel'],
  [{ kind: 'fail', detail: '支付验证签名失败' }, 'requestPayment:fail 支付验证签名失败'],
];

for (const [outcome, errMsg] of OUTCOMES) {
  test(`requestPayment answers ${errMsg}`, async () => {
    const { bridge, calls } = host(async () => outcome);
    const seen: Result[] = [];
    account(bridge, LAUNCH).requestPayment({ ...PAYMENT, complete: (result) => seen.push(result) });
    await tick();
    assert.equal(seen[0]?.errMsg, errMsg);
    assert.deepEqual(calls[0]?.args, PAYMENT);
  });
}

const BAD_PARAMETERS: [object, string][] = [
  [{ timeStamp: 1 }, 'requestPayment:fail parameter error: parameter.timeStamp should be String instead of Number;'],
  [{ paySign: undefined }, 'requestPayment:fail parameter error: parameter.paySign should be String instead of Undefined;'],
  [{ package: null }, 'requestPayment:fail parameter error: parameter.package should be String instead of Null;'],
];

for (const [change, errMsg] of BAD_PARAMETERS) {
  test(`requestPayment refuses ${JSON.stringify(change)} before any cashier`, async () => {
    const { bridge, calls } = host(async () => ({ kind: 'ok' }));
    const given = { ...PAYMENT, ...change } as Options;
    await assert.rejects(account(bridge, LAUNCH).requestPayment(given) as Promise<Result>, { errMsg });
    assert.equal(calls.length, 0);
  });
}

test('login gives a code, and WeChat knows whether its session still stands', async () => {
  let stands = false;
  const { bridge } = host(async (name) => {
    stands ||= name === 'login';
    return { code: 'c', ok: stands };
  });
  const { login, checkSession, getExtConfigSync } = account(bridge, LAUNCH);
  await assert.rejects(checkSession() as Promise<Result>, { errMsg: 'checkSession:fail session time out, need relogin' });
  assert.deepEqual(await login(), { errMsg: 'login:ok', code: 'c' });
  assert.equal((await checkSession())?.errMsg, 'checkSession:ok');
  assert.deepEqual(getExtConfigSync(), LAUNCH.ext);
});

test('templates are answered one by one, and a failure has its number', async () => {
  const { bridge, calls } = host(async () => ({ errMsg: 'requestSubscribeMessage:ok', t1: 'accept', t2: 'filter' }));
  const { requestSubscribeMessage } = account(bridge, LAUNCH);
  const answered = await requestSubscribeMessage({ tmplIds: ['t1', 't2'] });
  assert.deepEqual(answered, { errMsg: 'requestSubscribeMessage:ok', t1: 'accept', t2: 'filter' });
  assert.deepEqual(calls[0]?.args, { tmplIds: ['t1', 't2'] });
  const refused = { errMsg: 'requestSubscribeMessage:fail Templates count out of max bounds', errCode: 20003 };
  const failing = account(host(async () => refused).bridge, LAUNCH);
  await assert.rejects(failing.requestSubscribeMessage({ tmplIds: [] }) as Promise<Result>, refused);
  await assert.rejects(failing.requestSubscribeMessage({ tmplIds: 't1' }) as Promise<Result>, { errCode: 10004 });
});

test('the phone-number button hears a code or a refusal, and other open types are named', async () => {
  const told: unknown[] = [];
  const pressed = (answer: () => Promise<unknown>, open_type = 'getPhoneNumber') =>
    openTypes({ ...host(answer).bridge, tell: (notice) => void told.push(notice) }).press(open_type);
  const detail = { errMsg: 'getPhoneNumber:ok', code: 'c' };
  assert.deepEqual(await pressed(async () => detail), { event: 'getphonenumber', detail });
  const refusing = pressed(async () => {
    throw new HostRefusal('NOT_FOUND', '没有这个appid');
  });
  assert.deepEqual(await refusing, { event: 'getphonenumber', detail: { errMsg: 'getPhoneNumber:fail 没有这个appid' } });
  assert.equal(await pressed(async () => ({}), 'contact'), undefined);
  assert.deepEqual(told, [{ kind: 'unsupported', api: '<button open-type="contact">' }]);
});

test('requests are built as WeChat builds them', () => {
  const get = httpCall({ url: 'http://h/p?a=1#f', data: { b: 'x y', c: undefined } } as Options);
  assert.equal(get.url, 'http://h/p?a=1&b=x%20y#f');
  assert.equal(get.data, undefined);
  assert.equal(get.timeout_ms, 60_000);
  assert.equal(get.header['content-type'], 'application/json');

  const post = httpCall({ url: 'http://h', method: 'post', data: { a: [1] } } as Options);
  assert.deepEqual([post.method, post.data], ['POST', '{"a":[1]}']);
  const form = httpCall({
    url: 'http://h', method: 'POST', data: { a: '1&2', b: { c: 1 } }, header: { 'Content-Type': 'application/x-www-form-urlencoded' },
  } as Options);
  assert.equal(form.data, 'a=1%262&b=%7B%22c%22%3A1%7D');
  const bytes = httpCall({ url: 'http://h', method: 'PUT', data: new Uint8Array([1, 255]).buffer } as Options);
  assert.equal(bytes.data_base64, 'Af8=');
  assert.throws(() => httpCall({ url: 'ftp://h' } as Options), /invalid url/);
  assert.throws(() => httpCall({} as Options), /parameter.url should be String instead of Undefined/);
});

function answer(status: number, body: string): HttpResult {
  return { statusCode: status, header: { a: 'b' }, cookies: [], body_base64: btoa(body) };
}

/** One request to a host that answers so; which callback ran, and with what. */
async function requested(reply: () => Promise<unknown>, options: object = {}): Promise<[string, Record<string, unknown>]> {
  const { bridge } = host(reply);
  return new Promise((resolve) => {
    new Requests(bridge).request({
      url: 'http://h',
      success: (result) => resolve(['success', result]),
      fail: (result) => resolve(['fail', result]),
      ...options,
    });
  });
}

test('every status is a success, and what parses as JSON is parsed', async () => {
  const [kind, result] = await requested(async () => answer(500, '{"x":1}'));
  assert.equal(kind, 'success');
  assert.deepEqual([result['statusCode'], result['data'], result['errMsg']], [500, { x: 1 }, 'request:ok']);
  assert.equal((await requested(async () => answer(200, 'plain')))[1]['data'], 'plain');
  assert.equal((await requested(async () => answer(200, '{"x":1}'), { dataType: 'text' }))[1]['data'], '{"x":1}');
  const [, buffer] = await requested(async () => answer(200, 'ab'), { responseType: 'arraybuffer' });
  assert.deepEqual([...new Uint8Array(buffer['data'] as ArrayBuffer)], [97, 98]);
});

test('no answer is a failure in WeChat’s words', async () => {
  const refusing = (code: string) => async () => {
    throw new HostRefusal(code, 'connection refused');
  };
  assert.equal((await requested(refusing('timeout')))[1]['errMsg'], 'request:fail timeout');
  assert.equal((await requested(refusing('connection_failed')))[1]['errMsg'], 'request:fail connection refused');
  const [, domain] = await requested(refusing('url_not_in_domain_list'));
  assert.deepEqual([domain['errMsg'], domain['errno']], ['request:fail url not in domain list', 600002]);
  const [, late] = await requested(() => new Promise(() => {}), { timeout: 5 });
  assert.equal(late['errMsg'], 'request:fail timeout');
});

test('abort fails the request and reaches the host', async () => {
  const { bridge, aborted } = host(() => new Promise(() => {}));
  const seen: Result[] = [];
  const task = new Requests(bridge).request({ url: 'http://h', fail: (result) => seen.push(result) });
  await tick();
  task.abort();
  await tick();
  assert.equal(seen[0]?.errMsg, 'request:fail abort');
  assert.deepEqual(aborted, [0]);
});

test('the eleventh request waits for a place', async () => {
  const open: (() => void)[] = [];
  const { bridge, calls } = host(() => new Promise((resolve) => open.push(() => resolve(answer(200, '')))));
  const requests = new Requests(bridge);
  const tasks = Array.from({ length: MAX_PARALLEL + 2 }, () => requests.request({ url: 'http://h', fail: () => {} }));
  await tick();
  assert.equal(calls.length, MAX_PARALLEL);
  open[0]?.();
  await tick();
  assert.equal(calls.length, MAX_PARALLEL + 1);
  for (const task of tasks) task.abort();
});

test('a request that is aborted while it waits leaves its place to the others', async () => {
  const { bridge, calls } = host(() => new Promise(() => {}));
  const requests = new Requests(bridge);
  const request = () => requests.request({ url: 'http://h', fail: () => {} });
  const running = Array.from({ length: MAX_PARALLEL }, request);
  const waiting = Array.from({ length: MAX_PARALLEL }, request);
  for (const task of [...waiting, ...running]) task.abort();
  await tick();
  const after = Array.from({ length: MAX_PARALLEL }, request);
  await tick();
  assert.equal(calls.length, 2 * MAX_PARALLEL);
  for (const task of after) task.abort();
});

test('storage keeps types, survives the run, and refuses too much', async () => {
  const kept: Record<string, string> = {};
  const persist = (key: string, value: string | null): void => {
    if (value === null) delete kept[key];
    else kept[key] = value;
  };
  const first = storage({}, persist);
  first.setStorageSync('o', { a: [1, null] });
  first.setStorageSync('d', new Date(5));
  assert.equal(first.getStorageSync('missing'), '');
  await assert.rejects(first.getStorage({ key: 'missing' }) as Promise<Result>, { errMsg: 'getStorage:fail data not found' });

  const second = storage(kept, persist);
  assert.deepEqual(second.getStorageSync('o'), { a: [1, null] });
  assert.deepEqual(second.getStorageSync('d'), new Date(5));
  assert.deepEqual(second.getStorageInfoSync().keys, ['o', 'd']);
  assert.throws(() => second.setStorageSync('big', 'x'.repeat(1024 * 1024)), /setStorageSync:fail entry size limit/);
  second.clearStorageSync();
  assert.deepEqual(kept, {});
});

test('what WeChat has and we have not fails by name; what nobody has is undefined', async () => {
  const reported: string[] = [];
  const wx = withUnsupported({ login: () => 1 }, WX_API_NAMES, (name) => reported.push(name)) as Record<string, never>;
  assert.ok(WX_API_NAMES.includes('scanCode'));
  const scanCode = wx['scanCode'] as unknown as () => Promise<Result>;
  await assert.rejects(scanCode(), { errMsg: 'scanCode:fail not supported by simulator' });
  const sync = wx['getBatteryInfoSync'] as unknown as () => unknown;
  assert.throws(() => sync(), /getBatteryInfoSync:fail not supported by simulator/);
  assert.equal(wx['payEverything'], undefined);
  assert.deepEqual(reported, ['scanCode', 'getBatteryInfoSync']);
  const extensible = wx as unknown as Record<string, unknown>;
  extensible['mine'] = 1;
  assert.equal(extensible['mine'], 1);
});
