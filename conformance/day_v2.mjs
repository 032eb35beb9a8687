// The same day by v2: XML, one key both sides share, and a client certificate where money goes out.
//
// What differs from v3: nothing has to be trusted first, closing says so in words, the bill is the answer itself, and the end of a
// refund is not signed but sealed.

import { BACK, Day, PRICE, demand, expectLineOf, given, management } from './day.mjs';

const REFUND_SETTLES_SECONDS = 24 * 3600;

/**
 * @param {object} opened what `opening` gave
 * @param {object} sdk `prepay`, `query`, `close`, `invocation`, `isAboutSignature`, `openPayment`, `openRefund`, `refund`,
 *   `queryRefund`, `bill`; members are those of v2, as texts
 * @param {Record<string, string>} shortfalls checks that this SDK fails, and whose fault it is
 */
export async function tell({ merchant, app, payer }, sdk, shortfalls = {}) {
  const day = new SharedKeyDay(merchant, app, payer, sdk, shortfalls);
  const paid = await day.check('JSAPI order placed', () => day.prepay('paid'));
  await day.check('unpaid order queried', () => day.expectState(paid, 'NOTPAY'));
  await day.check('order closed', () => day.closeAnOrder());
  await day.check('second signature accepted, order paid', () => day.pay(paid));
  await day.check('paid order queried', () => day.expectState(paid, 'SUCCESS'));
  await day.check('badly signed answer refused', () => day.distrusts(paid));
  const notification = await day.check('notification arrived', () => day.arrived(''));
  await day.check('notification verified', () => day.believes(notification, paid));
  await day.check('altered notification refused', () => day.refuses(notification));
  await day.check('refund accepted with the client certificate, and queried', () => day.refund(paid));
  const refunded = await day.check('refund notification opened', () => day.believesRefund(paid));
  await day.check('altered refund notification refused', () => day.refusesRefund(refunded));
  await day.check('trade bill downloaded', () => day.bill(paid));
}

class SharedKeyDay extends Day {
  async expectState({ out_trade_no: number }, state) {
    const order = await this.sdk.query(number);
    demand(order.trade_state === state, `${state}, got ${order.trade_state}`);
    demand(order.out_trade_no === number, 'the order that was asked for');
    if (state === 'SUCCESS') {
      demand(order.total_fee === String(PRICE.total), `a total of ${PRICE.total}, got ${order.total_fee}`);
      demand(typeof order.transaction_id === 'string', 'a transaction_id');
    }
  }

  async closeAnOrder() {
    const order = await this.prepay('closed');
    await this.sdk.close(order.out_trade_no);
    await this.expectState(order, 'CLOSED');
  }

  async believes({ body }, { out_trade_no: number }) {
    const told = await this.sdk.openPayment(body);
    demand(told.out_trade_no === number, `our order, got ${told.out_trade_no}`);
    demand(told.result_code === 'SUCCESS', `SUCCESS, got ${told.result_code}`);
    demand(told.total_fee === String(PRICE.total), `a total of ${PRICE.total}, got ${told.total_fee}`);
    demand(told.mch_id === this.merchant.mchid && told.appid === this.app.appid, 'our merchant and app');
  }

  async refuses({ body }) {
    const altered = body.replace(`<total_fee>${PRICE.total}<`, `<total_fee>${PRICE.total - 1}<`);
    demand(altered !== body, 'the body was altered');
    await refused(() => this.sdk.openPayment(altered));
  }

  async refund({ out_trade_no: number }) {
    const made = await this.sdk.refund({
      out_trade_no: number,
      out_refund_no: `back-${number}`,
      total_fee: PRICE.total,
      refund_fee: BACK,
      refund_desc: '杯子碎了',
      notify_url: `${given['notify-url']}-refund`,
    });
    const queried = await this.sdk.queryRefund(`back-${number}`);
    demand(queried.refund_id_0 === made.refund_id, 'the refund that was made');
    demand(queried.refund_fee_0 === String(BACK), `${BACK}, got ${queried.refund_fee_0}`);
  }

  async believesRefund({ out_trade_no: number }) {
    await management('POST', '/api/clock/advance', { seconds: REFUND_SETTLES_SECONDS });
    const notification = await this.arrived('-refund');
    const told = await this.sdk.openRefund(notification.body);
    demand(told.out_refund_no === `back-${number}`, `our refund, got ${told.out_refund_no}`);
    demand(told.refund_status === 'SUCCESS', `SUCCESS, got ${told.refund_status}`);
    return notification;
  }

  // Nothing signs it: with one bit of the first block changed it must not open into a document.
  async refusesRefund({ body }) {
    const [, sealed] = body.match(/<req_info><!\[CDATA\[(.*?)\]\]>/s);
    const bytes = Buffer.from(sealed, 'base64');
    bytes[0] ^= 1;
    await refused(() => this.sdk.openRefund(body.replace(sealed, bytes.toString('base64'))));
  }

  async bill({ out_trade_no: number }) {
    await this.untilBillsAreReady();
    expectLineOf(number, await this.sdk.bill(this.paidOn.replaceAll('-', '')));
  }
}

async function refused(run) {
  let believed = true;
  try { await run(); } catch { believed = false; }
  demand(!believed, 'it to be refused');
}
