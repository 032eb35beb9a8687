/** Goal: pages in the phone's browsers get what WeChat would give them, and reach nothing else. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { answer, type Caller } from '../src/host/browser/calls';
import { PageLink } from '../src/host/browser/link';
import type { JsConfigVerdict } from '../src/host/management';
import { errCodeOf } from '../src/host/screens/app-payment';
import { code128 } from '../src/host/screens/code128';
import { brightness } from '../src/host/screens/picture';
import { meaningOf } from '../src/host/screens/scanner';
import type { PaymentOutcome } from '../src/shared/protocol';
import type { FromPage, ToPage } from '../src/shared/web-protocol';
import { makeBridge } from '../src/web/bridge';
import { isElsewhere, pastThePhone } from '../src/web/ways-out';

const ACCOUNT = 'wx5ua9panacc0unt01';

function caller(outcome: PaymentOutcome, verdict: JsConfigVerdict = { ok: true, err_msg: 'config:ok' }) {
  const seen: unknown[] = [];
  const made: Caller = {
    page: 'http://127.0.0.1:8701/pay',
    user_agent: 'MicroMessenger/8',
    pay: async (by) => {
      seen.push(by);
      return outcome;
    },
    takeTransfer: async (invoke) => {
      seen.push(invoke);
      return outcome;
    },
    verify: async (config) => {
      seen.push(config);
      return verdict;
    },
    warn: (text) => seen.push(text),
    close: () => seen.push('close'),
    unsupported: (name) => seen.push(name),
  };
  return { made, seen };
}

test('the bridge’s payment says ok, cancel, or fail with the reason', async () => {
  const params = { appId: ACCOUNT, timeStamp: '1', nonceStr: 'n', package: 'prepay_id=p', signType: 'RSA', paySign: 's' };
  const { made, seen } = caller({ kind: 'ok' });
  assert.deepEqual(await answer('getBrandWCPayRequest', params, made), { err_msg: 'get_brand_wcpay_request:ok' });
  const place = { page: made.page, user_agent: made.user_agent };
  assert.deepEqual(seen, [{ invoke: { kind: 'jsapi', appid: ACCOUNT, params, ...place } }]);
  const cancelled = await answer('getBrandWCPayRequest', params, caller({ kind: 'cancel' }).made);
  assert.deepEqual(cancelled, { err_msg: 'get_brand_wcpay_request:cancel' });
  const failed = await answer('getBrandWCPayRequest', {}, caller({ kind: 'fail', detail: 'd' }).made);
  assert.deepEqual(failed, { err_msg: 'get_brand_wcpay_request:fail', err_desc: 'd' });
});

test('wx.config is believed or not by WeChat, and the phone tells more than the page hears', async () => {
  const args = { verifyAppId: ACCOUNT, verifyTimestamp: '1414587457', verifyNonceStr: 'n', verifySignature: 's' };
  const good = caller({ kind: 'ok' });
  assert.deepEqual(await answer('preVerifyJSAPI', args, good.made), { err_msg: 'preVerifyJSAPI:ok' });
  assert.deepEqual(good.seen, [{ appid: ACCOUNT, timestamp: 1414587457, nonce_str: 'n', signature: 's' }]);
  const bad = caller({ kind: 'ok' }, { ok: false, err_msg: 'config:invalid signature', reason: 'another url' });
  assert.deepEqual(await answer('preVerifyJSAPI', args, bad.made), { err_msg: 'preVerifyJSAPI:invalid signature' });
  assert.equal(bad.seen[1], 'wx.config: another url');
});

test('a page lets a person take money, and hears no more than the page was shown', async () => {
  const { made, seen } = caller({ kind: 'ok' });
  const args = { mchId: '1900000001', appId: ACCOUNT, package: 'p', other: 1 };
  assert.deepEqual(await answer('requestMerchantTransfer', args, made), { err_msg: 'requestMerchantTransfer:ok' });
  assert.deepEqual(seen, [{ mchId: '1900000001', appId: ACCOUNT, package: 'p' }]);
});

test('a call that throws is a failure with its reason', async () => {
  const { made } = caller({ kind: 'ok' });
  const broken: Caller = { ...made, pay: async () => Promise.reject(new Error('lost')) };
  assert.deepEqual(await answer('getBrandWCPayRequest', {}, broken), { err_msg: 'getBrandWCPayRequest:fail', err_desc: 'lost' });
});

test('what is not here fails by name and is told, Object’s own names too', async () => {
  for (const name of ['sendAppMessage', 'constructor']) {
    const { made, seen } = caller({ kind: 'ok' });
    assert.deepEqual(await answer(name, {}, made), { err_msg: `${name}:fail not supported by simulator` });
    assert.deepEqual(seen, [name]);
  }
});

test('jweixin’s question which calls exist is answered in its own form', async () => {
  const { made } = caller({ kind: 'ok' });
  const { checkResult } = await answer('checkJsApi', { jsApiList: ['getBrandWCPayRequest', 'scanQRCode'] }, made);
  assert.deepEqual(JSON.parse(String(checkResult)), { getBrandWCPayRequest: true, scanQRCode: false });
});

test('each answer of the bridge reaches its own caller once', () => {
  const sent: [number, string, unknown][] = [];
  const bridge = makeBridge((...call) => sent.push(call));
  const heard: string[] = [];
  const { invoke } = bridge.object as unknown as { invoke: (...args: unknown[]) => void };
  invoke('a', { x: 1, _complete: () => {} }, (result: { err_msg: string }) => heard.push(result.err_msg));
  invoke('b', (result: { err_msg: string }) => heard.push(result.err_msg));
  assert.deepEqual(sent, [[1, 'a', { x: 1 }], [2, 'b', {}]]);
  bridge.settle(2, { err_msg: 'b:ok' });
  bridge.settle(1, { err_msg: 'a:ok' });
  bridge.settle(1, { err_msg: 'again' });
  assert.deepEqual(heard, ['b:ok', 'a:ok']);
});

test('every other origin is elsewhere, what runs in the page is not', () => {
  const here = { origin: 'http://127-0-0-1-8701--amei.localhost:9702', href: 'http://127-0-0-1-8701--amei.localhost:9702/a/b' };
  for (const url of ['https://wx.tenpay.com/x', 'http://127.0.0.1:8701/a', 'weixin://wxpay/bizpayurl?pr=1']) {
    assert.ok(isElsewhere(url, here), url);
  }
  for (const url of ['/c', '?d', '#e', 'javascript:void 0', 'about:blank']) assert.ok(!isElsewhere(url, here), url);
  assert.equal(pastThePhone('http://a/?b=c&d'), '/.suanpan/go?url=http%3A%2F%2Fa%2F%3Fb%3Dc%26d');
});

test('the host hears the pages of its person only, and answers the one that is there', () => {
  const posted: { message: ToPage; origin: string }[] = [];
  const frame = { postMessage: (message: ToPage, origin: string) => posted.push({ message, origin }) } as unknown as Window;
  const heard: FromPage[] = [];
  const link = new PageLink(() => frame, 'amei', { port: '9702' }, (message) => heard.push(message));
  const page: FromPage = { suanpan: 'page', url: 'u', title: 't' };
  const receive = (origin: string, source: unknown = frame): void =>
    link.receive({ data: page, origin, source } as unknown as MessageEvent);
  link.tell({ suanpan: 'reload' });
  receive('http://127-0-0-1-8701--bo.localhost:9702');
  receive('http://127-0-0-1-8701--amei.localhost:9703');
  receive('http://wx1.localhost:9702');
  receive('http://127-0-0-1-8701--amei.localhost:9702', {});
  assert.deepEqual([heard, posted], [[], []]);
  receive('http://127-0-0-1-8701--amei.localhost:9702');
  link.tell({ suanpan: 'reload' });
  assert.deepEqual(heard, [page]);
  assert.equal(posted[0]?.origin, 'http://127-0-0-1-8701--amei.localhost:9702');
});

test('a scanned text is a code for paying, a page, or just text', () => {
  assert.deepEqual(meaningOf(' weixin://wxpay/bizpayurl?pr=1\n'), { kind: 'pay', code_url: 'weixin://wxpay/bizpayurl?pr=1' });
  assert.deepEqual(meaningOf('http://127.0.0.1:8701/'), { kind: 'page', url: 'http://127.0.0.1:8701/' });
  assert.deepEqual(meaningOf('javascript:alert(1)'), { kind: 'text', text: 'javascript:alert(1)' });
});

test('an app hears the open SDK’s numbers', () => {
  assert.deepEqual([errCodeOf({ kind: 'ok' }), errCodeOf({ kind: 'cancel' }), errCodeOf({ kind: 'fail', detail: '' })], [0, -2, -1]);
});

test('brightness follows the eye', () => {
  const pixels = new Uint8ClampedArray([255, 255, 255, 255, 0, 0, 0, 255, 0, 255, 0, 255, 0, 0, 255, 255]);
  assert.deepEqual([...brightness(pixels)], [255, 0, 149, 29]);
});

test('a bar code has a start, two digits to a symbol, a check and a stop', () => {
  // The check of 10 20 30 is 105 + 10 + 2·20 + 3·30 = 245, modulo 103: 39.
  const symbols = ['211232', '221312', '221231', '212123', '211313', '2331112'];
  assert.equal(code128('102030').join(''), symbols.join(''));
  // Every symbol is eleven wide, the stop thirteen.
  assert.equal(code128('134567890123456789').reduce((sum, width) => sum + width, 0), 11 * 11 + 13);
  assert.throws(() => code128('123'), RangeError);
});
