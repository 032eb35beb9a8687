// One merchant's day at the simulator by v3, told by whichever SDK is handed in; `day_v2.mjs` has the same day by v2.
//
// Each check is one JSON line on standard output: {"check", "ok", "detail"}, with "fault" where the SDK is known to fall
// short: such a check still runs, and what it finds is what is printed. The SDK's own code signs, verifies and decrypts.

import { createHash, randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';

export const PRICE = { total: 1280, currency: 'CNY' };
export const BACK = 280;
const NOTIFICATION_PATIENCE_MS = 20_000;
const REFUND_SETTLES_SECONDS = 24 * 3600;

export const { values: given } = parseArgs({
  options: {
    management: { type: 'string' },
    trust: { type: 'string' },
    'notify-url': { type: 'string' },
    inbox: { type: 'string' },
  },
});

export async function management(method, path, body) {
  const answer = await fetch(new URL(path, given.management), {
    method,
    headers: body && { 'Content-Type': 'application/json' },
    body: body && JSON.stringify(body),
  });
  const text = await answer.text();
  demand(answer.ok, `${method} ${path}: ${answer.status} ${text}`);
  return text && JSON.parse(text);
}

export function demand(holds, expectation) {
  if (!holds) throw new Error(`expected ${expectation}`);
}

// What an SDK is given, and how the merchant recognises WeChat.
export async function opening() {
  const fixture = await management('GET', '/api/fixture');
  // v2 knows no trust but the key both sides share, and every merchant has one.
  const trust = given.trust === 'shared_key' ? 'certificate' : given.trust;
  const merchant = fixture.merchants.find((candidate) => candidate.trust_mode === trust);
  const app = fixture.apps.find(({ kind, mchids }) => kind === 'miniprogram' && mchids.includes(merchant.mchid));
  return { fixture, merchant, app, payer: fixture.users[0], trust: given.trust };
}

/**
 * @param {object} opened what `opening` gave
 * @param {object} sdk `establishTrust`, `prepay`, `query`, `close`, `invocation`, `isAboutSignature`, `isSigned`, `decrypt`,
 *   `refund`, `queryRefund`, `bill`
 * @param {Record<string, string>} shortfalls checks that this SDK fails, and whose fault it is
 */
export async function tell({ merchant, app, payer }, sdk, shortfalls = {}) {
  const day = new Day(merchant, app, payer, sdk, shortfalls);
  await day.check('trust established', () => sdk.establishTrust());
  const paid = await day.check('JSAPI prepay', () => day.prepay('paid'));
  await day.check('unpaid order queried', () => day.expectState(paid, 'NOTPAY'));
  await day.check('order closed, 204 without a body', () => day.closeAnOrder());
  await day.check('second signature accepted, order paid', () => day.pay(paid));
  await day.check('paid order queried', () => day.expectState(paid, 'SUCCESS'));
  await day.check('badly signed answer refused', () => day.distrusts(paid));
  const notification = await day.check('notification arrived', () => day.arrived(''));
  await day.check('notification verified and decrypted', () => day.believes(notification, paid));
  await day.check('altered notification refused', () => day.refuses(notification));
  await day.check('refund accepted and queried', () => day.refund(paid));
  await day.check('refund notification verified', () => day.believesRefund(paid));
  await day.check('trade bill downloaded', () => day.bill(paid));
}

export class Day {
  constructor(merchant, app, payer, sdk, shortfalls) {
    Object.assign(this, { merchant, app, payer, sdk, shortfalls });
  }

  async check(name, run) {
    const fault = this.shortfalls[name];
    try {
      const result = await run();
      console.log(JSON.stringify({ check: name, ok: true, detail: '' }));
      return result;
    } catch (error) {
      const answer = error.response && `${error.response.status} ${JSON.stringify(error.response.data)}`;
      console.log(JSON.stringify({ check: name, ok: false, detail: answer ?? error.message, fault }));
      // What follows builds on this; its failures would say nothing new.
      return fault ? undefined : process.exit(1);
    }
  }

  async prepay(label) {
    const order = {
      mchid: this.merchant.mchid,
      appid: this.app.appid,
      description: '一杯龙井',
      out_trade_no: `node${label}${randomBytes(8).toString('hex')}`,
      notify_url: given['notify-url'],
      amount: PRICE,
      payer: { openid: this.payer.openids[this.app.appid] },
    };
    const prepaid = await this.sdk.prepay(order);
    demand(prepaid?.length > 0 || prepaid?.package, `something to pay with, got ${JSON.stringify(prepaid)}`);
    return { out_trade_no: order.out_trade_no, prepaid };
  }

  async expectState({ out_trade_no: number }, state) {
    const order = await this.sdk.query(number);
    demand(order.trade_state === state, `${state}, got ${order.trade_state}`);
    demand(order.out_trade_no === number, 'the order that was asked for');
    if (state === 'SUCCESS') {
      demand(order.amount.total === PRICE.total, `a total of ${PRICE.total}, got ${order.amount.total}`);
      demand(typeof order.transaction_id === 'string', 'a transaction_id');
    }
  }

  async closeAnOrder() {
    const order = await this.prepay('closed');
    const status = await this.sdk.close(order.out_trade_no);
    demand(status === 204, `204, got ${status}`);
    await this.expectState(order, 'CLOSED');
  }

  async pay({ prepaid }) {
    const { timeStamp, nonceStr, package: packed, signType, paySign } = await this.sdk.invocation(prepaid);
    const params = { timeStamp, nonceStr, package: packed, signType, paySign };
    const invoke = { kind: 'miniprogram', appid: this.app.appid, params };
    const answer = await management('POST', '/api/pay', { invoke, user: this.payer.name, outcome: 'success' });
    demand(answer.trade_state === 'SUCCESS', `SUCCESS, got ${JSON.stringify(answer)}`);
    this.paidOn = (await management('GET', '/api/clock')).now.slice(0, 10);
  }

  // The negative control of everything above: agreement means something only if disagreement is noticed.
  async distrusts(order) {
    await management('PUT', '/api/faults', [{ name: 'bad_signature' }]);
    let believed = true;
    try { await this.expectState(order, 'SUCCESS'); } catch (error) {
      believed = false;
      demand(this.sdk.isAboutSignature(error), `a complaint about the signature, got ${error.code} ${error.message}`);
    } finally { await management('DELETE', '/api/faults'); }
    demand(!believed, 'the answer to be refused');
  }

  // What came to the story's address, or to the one beside it.
  async arrived(which) {
    const path = given.inbox.replace(/\.notification\.json$/, `${which}.notification.json`);
    const deadline = Date.now() + NOTIFICATION_PATIENCE_MS;
    while (Date.now() < deadline) {
      const text = await readFile(path, 'utf8').catch(() => '');
      if (text) return JSON.parse(text);
      await pause(50);
    }
    throw new Error(`no notification within ${NOTIFICATION_PATIENCE_MS} ms`);
  }

  async opened({ headers, body }) {
    demand(await this.sdk.isSigned(headers, body), 'the signature verifies');
    const plain = await this.sdk.decrypt(JSON.parse(body).resource);
    return typeof plain === 'string' ? JSON.parse(plain) : plain;
  }

  async believes(notification, { out_trade_no: number }) {
    const plain = await this.opened(notification);
    demand(plain.out_trade_no === number, `our order, got ${plain.out_trade_no}`);
    demand(plain.trade_state === 'SUCCESS', `SUCCESS, got ${plain.trade_state}`);
    demand(plain.amount.total === PRICE.total, `a total of ${PRICE.total}, got ${plain.amount.total}`);
    demand(plain.mchid === this.merchant.mchid && plain.appid === this.app.appid, 'our merchant and app');
  }

  // One bit of the ciphertext: the signature must not verify, and without it decryption must fail as well.
  async refuses({ headers, body }) {
    const { resource } = JSON.parse(body);
    const bytes = Buffer.from(resource.ciphertext, 'base64');
    bytes[0] ^= 1;
    const ciphertext = bytes.toString('base64');
    const altered = body.replace(resource.ciphertext, ciphertext);
    demand(altered !== body, 'the body was altered');
    demand(!(await this.sdk.isSigned(headers, altered)), 'the signature not to verify');
    let opened = true;
    try { await this.sdk.decrypt({ ...resource, ciphertext }); } catch { opened = false; }
    demand(!opened, 'decryption to fail');
  }

  async refund({ out_trade_no: number }) {
    const made = await this.sdk.refund({
      out_trade_no: number,
      out_refund_no: `back-${number}`,
      reason: '杯子碎了',
      notify_url: `${given['notify-url']}-refund`,
      amount: { refund: BACK, ...PRICE },
    });
    const queried = await this.sdk.queryRefund(`back-${number}`);
    demand(queried.refund_id === made.refund_id, 'the refund that was made');
    demand(queried.amount.refund === BACK, `${BACK}, got ${queried.amount.refund}`);
  }

  async believesRefund({ out_trade_no: number }) {
    await management('POST', '/api/clock/advance', { seconds: REFUND_SETTLES_SECONDS });
    const plain = await this.opened(await this.arrived('-refund'));
    demand(plain.out_refund_no === `back-${number}`, `our refund, got ${plain.out_refund_no}`);
    demand(plain.refund_status === 'SUCCESS', `SUCCESS, got ${plain.refund_status}`);
  }

  // Bills are ready after ten on the day that follows.
  async untilBillsAreReady() {
    const { now } = await management('GET', '/api/clock');
    const ready = Date.parse(`${this.paidOn}T10:30:00+08:00`) + 24 * 3600 * 1000;
    const seconds = Math.max(0, Math.ceil((ready - Date.parse(now)) / 1000));
    await management('POST', '/api/clock/advance', { seconds });
  }

  async bill({ out_trade_no: number }) {
    await this.untilBillsAreReady();
    const { applied, text } = await this.sdk.bill(this.paidOn);
    demand(applied.hash_type === 'SHA1', `SHA1, got ${applied.hash_type}`);
    const hash = createHash('sha1').update(text).digest('hex');
    demand(hash === applied.hash_value, `the file that was announced, got ${text.slice(0, 80)}`);
    expectLineOf(number, text);
  }
}

export function expectLineOf(number, bill) {
  demand(bill.split('\r\n').some((line) => line.includes(`\`${number},`)), 'a line about our order');
}
