// wechatpay-axios-plugin, unmodified, lives through one merchant's day at the simulator.
//
//   node story.mjs --management URL --trust certificate|public_key --notify-url URL --inbox FILE
//
// Each check is one JSON line on standard output: {"check", "ok", "detail"}. The SDK's own code signs, verifies and
// decrypts; nothing of ours is used.

import { readFile } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { Aes, Formatter, Rsa, Wechatpay } from 'wechatpay-axios-plugin';

const { values: given } = parseArgs({
  options: {
    management: { type: 'string' },
    trust: { type: 'string' },
    'notify-url': { type: 'string' },
    inbox: { type: 'string' },
  },
});

const PRICE = { total: 1280, currency: 'CNY' };
const NOTIFICATION_PATIENCE_MS = 20_000;

const fixture = await management('GET', '/api/fixture');
const merchant = fixture.merchants.find((candidate) => candidate.trust_mode === given.trust);
const app = fixture.apps.find(({ kind, mchids }) => kind === 'miniprogram' && mchids.includes(merchant.mchid));
const payer = fixture.users[0];
const privateKey = Rsa.from(merchant.private_key_pem, Rsa.KEY_TYPE_PRIVATE);

let failures = 0;
const keys = await check('trust established', () => (given.trust === 'certificate' ? downloadCertificates() : publicKey()));
const wxpay = client(keys);
const paid = await check('JSAPI prepay', () => prepay('paid'));
await check('unpaid order queried', () => expectState(paid.out_trade_no, 'NOTPAY'));
await check('order closed, 204 without a body', closeAnOrder);
await check('second signature accepted, order paid', () => pay(paid));
await check('paid order queried', () => expectState(paid.out_trade_no, 'SUCCESS'));
await check('badly signed answer refused', () => distrusts(paid.out_trade_no));
const notification = await check('notification arrived', arrived);
await check('notification verified and decrypted', () => believes(notification, paid));
await check('altered notification refused', () => refuses(notification));
process.exit(failures === 0 ? 0 : 1);

function client(certs) {
  return new Wechatpay({
    baseURL: fixture.api_base,
    mchid: merchant.mchid,
    serial: merchant.serial_no,
    privateKey,
    certs,
    // The key family of the answer follows this header while a merchant has both.
    headers: { 'Wechatpay-Serial': Object.keys(certs)[0] },
  });
}

function publicKey() {
  const { id, pem } = merchant.public_key;
  return { [id]: Rsa.from(pem, Rsa.KEY_TYPE_PUBLIC) };
}

// The SDK verifies an answer with keys it was given at construction, so the first download cannot go through its
// verifier. Its own pieces then prove the download: decrypted by the APIv3 key and signed by a key that came with it.
async function downloadCertificates() {
  const bootstrap = client({ none_yet: merchant.certificate_pem });
  let text;
  const { data, headers } = await bootstrap.v3.certificates.get({
    transformResponse: [(body) => { text = body; return JSON.parse(body); }],
  });
  const certs = Object.fromEntries(data.data.map(({ serial_no: serial, encrypt_certificate: sealed }) => [
    serial,
    Aes.AesGcm.decrypt(sealed.ciphertext, merchant.api_v3_key, sealed.nonce, sealed.associated_data),
  ]));
  const signer = certs[headers['wechatpay-serial']];
  demand(signer !== undefined, 'the download is signed by a certificate it contains');
  demand(isSigned(headers, text, signer), 'the signature of the download verifies');
  return certs;
}

async function prepay(label) {
  const order = {
    mchid: merchant.mchid,
    appid: app.appid,
    description: '一杯龙井',
    out_trade_no: `axios${label}${Formatter.nonce(12)}`,
    notify_url: given['notify-url'],
    amount: PRICE,
    payer: { openid: payer.openids[app.appid] },
  };
  const { data, status } = await wxpay.v3.pay.transactions.jsapi.post(order);
  demand(status === 200 && data.prepay_id?.length > 0, `a prepay_id, got ${status} ${JSON.stringify(data)}`);
  return { ...order, prepay_id: data.prepay_id };
}

async function expectState(outTradeNo, state) {
  const { data } = await wxpay.v3.pay.transactions.outTradeNo._out_trade_no_
    .get({ params: { mchid: merchant.mchid }, out_trade_no: outTradeNo });
  demand(data.trade_state === state, `${state}, got ${data.trade_state}`);
  demand(data.out_trade_no === outTradeNo, 'the order that was asked for');
  if (state === 'SUCCESS') {
    demand(data.amount.total === PRICE.total, `a total of ${PRICE.total}, got ${data.amount.total}`);
    demand(typeof data.transaction_id === 'string', 'a transaction_id');
  }
}

async function closeAnOrder() {
  const { out_trade_no: outTradeNo } = await prepay('closed');
  const { status } = await wxpay.v3.pay.transactions.outTradeNo._out_trade_no_.close
    .post({ mchid: merchant.mchid }, { out_trade_no: outTradeNo });
  demand(status === 204, `204, got ${status}`);
  await expectState(outTradeNo, 'CLOSED');
}

async function pay({ prepay_id: prepayId }) {
  const params = {
    timeStamp: String(Formatter.timestamp()),
    nonceStr: Formatter.nonce(),
    package: `prepay_id=${prepayId}`,
    signType: 'RSA',
  };
  const message = Formatter.joinedByLineFeed(app.appid, params.timeStamp, params.nonceStr, params.package);
  const invoke = { kind: 'miniprogram', appid: app.appid, params: { ...params, paySign: Rsa.sign(message, privateKey) } };
  const answer = await management('POST', '/api/pay', { invoke, user: payer.name, outcome: 'success' });
  demand(answer.trade_state === 'SUCCESS', `SUCCESS, got ${JSON.stringify(answer)}`);
}

async function arrived() {
  const deadline = Date.now() + NOTIFICATION_PATIENCE_MS;
  while (Date.now() < deadline) {
    const text = await readFile(given.inbox, 'utf8').catch(() => '');
    if (text) return JSON.parse(text);
    await pause(50);
  }
  throw new Error(`no notification within ${NOTIFICATION_PATIENCE_MS} ms`);
}

// The negative control of everything above: agreement means something only if disagreement is noticed.
async function distrusts(outTradeNo) {
  await management('PUT', '/api/faults', [{ name: 'bad_signature' }]);
  let believed = true;
  try { await expectState(outTradeNo, 'SUCCESS'); } catch (error) {
    believed = false;
    demand(error.code === 'EV3_RES_HEADER_SIGNATURE_DIGEST', `a complaint about the signature, got ${error.code} ${error.message}`);
  } finally {
    await management('DELETE', '/api/faults');
  }
  demand(!believed, 'the answer to be refused');
}

function believes({ headers, body }, order) {
  demand(isSigned(headers, body, keys[headers['wechatpay-serial']]), 'the signature verifies');
  const { resource } = JSON.parse(body);
  const plain = JSON.parse(decrypt(resource));
  demand(plain.out_trade_no === order.out_trade_no, `our order, got ${plain.out_trade_no}`);
  demand(plain.trade_state === 'SUCCESS', `SUCCESS, got ${plain.trade_state}`);
  demand(plain.amount.total === PRICE.total, `a total of ${PRICE.total}, got ${plain.amount.total}`);
  demand(plain.mchid === merchant.mchid && plain.appid === app.appid, 'our merchant and app');
}

// One bit of the ciphertext: the signature must not verify, and without it decryption must fail as well.
function refuses({ headers, body }) {
  const { resource } = JSON.parse(body);
  const bytes = Buffer.from(resource.ciphertext, 'base64');
  bytes[0] ^= 1;
  const ciphertext = bytes.toString('base64');
  const altered = body.replace(resource.ciphertext, ciphertext);
  demand(altered !== body, 'the body was altered');
  demand(!isSigned(headers, altered, keys[headers['wechatpay-serial']]), 'the signature does not verify');
  let opened = true;
  try { decrypt({ ...resource, ciphertext }); } catch { opened = false; }
  demand(!opened, 'decryption fails');
}

function isSigned(headers, body, key) {
  const message = Formatter.response(headers['wechatpay-timestamp'], headers['wechatpay-nonce'], body);
  return Rsa.verify(message, headers['wechatpay-signature'], Rsa.from(key, Rsa.KEY_TYPE_PUBLIC));
}

function decrypt({ ciphertext, nonce, associated_data: aad }) {
  return Aes.AesGcm.decrypt(ciphertext, merchant.api_v3_key, nonce, aad);
}

async function management(method, path, body) {
  const answer = await fetch(new URL(path, given.management), {
    method,
    headers: body && { 'Content-Type': 'application/json' },
    body: body && JSON.stringify(body),
  });
  const text = await answer.text();
  demand(answer.ok, `${method} ${path}: ${answer.status} ${text}`);
  return text && JSON.parse(text);
}

async function check(name, run) {
  try {
    const result = await run();
    console.log(JSON.stringify({ check: name, ok: true, detail: '' }));
    return result;
  } catch (error) {
    failures += 1;
    const answer = error.response && `${error.response.status} ${JSON.stringify(error.response.data)}`;
    console.log(JSON.stringify({ check: name, ok: false, detail: answer ?? error.message }));
    // What follows builds on this; its failures would say nothing new.
    process.exit(1);
  }
}

function demand(holds, expectation) {
  if (!holds) throw new Error(`expected ${expectation}`);
}
