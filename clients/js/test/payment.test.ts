/**
 * Goal: the state table of the payment machine. Method: a fake server, cashier and clock; each row sets
 * what they answer, and names every state passed through and where the payment rests.
 */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createClient, type Payment, type PayResult } from '../src/index';
import { OPEN, PARAMS, PREPARED, REF, World, order, problem, settled } from './fakes';

interface Begun {
  world: World;
  payment: Payment;
  states: string[];
}

function begin(world = new World()): Begun {
  const states: string[] = [];
  const client = createClient({ base_url: 'https://pay.test/', platform: world, clock: world.clock });
  const payment = client.payment(REF, { onState: ({ name }) => states.push(name) });
  return { world, payment, states };
}

async function finish({ world }: Begun, promise: Promise<PayResult>, ms = 60_000): Promise<PayResult> {
  await world.clock.advance(ms);
  const result = await promise;
  assert.equal(world.clock.waiting, 0, 'a payment at rest leaves no timer');
  assert.equal(world.view.watchers, 0, 'and watches nothing');
  return result;
}

const cancel = { kind: 'cancel', raw: 'requestPayment:fail cancel' } as const;
const badSignature = { kind: 'error', raw: 'requestPayment:fail 支付验证签名失败' } as const;

interface Row {
  name: string;
  set: (world: World) => void;
  states: string;
  check?: (result: PayResult, world: World) => void;
}

const TABLE: Row[] = [
  {
    name: 'the cashier says ok and the server agrees',
    set: (w) => (w.orders = [order('paid')]),
    states: 'login creating cashier confirming paid',
    check: (result, world) => {
      assert.equal(result.name === 'paid' && result.order.amount.total, 1500);
      assert.deepEqual(world.cashiers, [PARAMS]);
    },
  },
  {
    name: 'the cashier says ok but the server never does: pending, not paid',
    set: (w) => (w.orders = [OPEN]),
    states: 'login creating cashier confirming pending',
  },
  {
    name: 'the notification is late: paid once the server knows',
    set: (w) => (w.orders = [OPEN, OPEN, OPEN, order('paid')]),
    states: 'login creating cashier confirming paid',
    check: (_, world) => assert.equal(world.asked_at_ms.length, 4),
  },
  {
    name: 'a cancel is asked about once',
    set: (w) => (w.cashier = cancel),
    states: 'login creating cashier confirming cancelled',
    check: (_, world) => assert.equal(world.asked_at_ms.length, 1),
  },
  {
    name: 'a cancel reported before the success is a payment',
    set: (w) => {
      w.cashier = cancel;
      w.orders = [order('paid')];
    },
    states: 'login creating cashier confirming paid',
  },
  {
    name: 'a cancel while the server is away is still a cancel',
    set: (w) => {
      w.cashier = cancel;
      w.orders = ['no answer'];
    },
    states: 'login creating cashier confirming cancelled',
  },
  {
    name: 'an error of the cashier is asked about, then told',
    set: (w) => (w.cashier = badSignature),
    states: 'login creating cashier confirming failed',
    check: (result, world) => {
      assert.equal(result.name === 'failed' && result.error.code, 'cashier');
      assert.equal(result.name === 'failed' && result.error.message, badSignature.raw);
      assert.equal(result.name === 'failed' && result.retryable, true);
      assert.equal(world.asked_at_ms.length, 3);
    },
  },
  {
    name: 'an error of the cashier after the money moved is a payment',
    set: (w) => {
      w.cashier = badSignature;
      w.orders = [OPEN, order('paid')];
    },
    states: 'login creating cashier confirming paid',
  },
  {
    name: 'a cashier that throws is an error of the cashier',
    set: (w) => (w.cashier = () => Promise.reject(new Error('no bridge'))),
    states: 'login creating cashier confirming failed',
  },
  {
    name: 'the order closes while the cashier is open',
    set: (w) => (w.orders = [order('closed')]),
    states: 'login creating cashier confirming closed',
  },
  {
    name: 'money that came too late does not count as paid',
    set: (w) => (w.orders = [order('paid_late')]),
    states: 'login creating cashier confirming closed',
  },
  {
    name: 'an unknown state decides nothing',
    set: (w) => (w.orders = [order('pondering')]),
    states: 'login creating cashier confirming pending',
  },
  {
    name: 'an order closed before the tap',
    set: (w) => {
      w.pays = [problem(409, 'order_closed')];
      w.orders = [order('closed')];
    },
    states: 'login creating closed',
    check: (_, world) => assert.equal(world.cashiers.length, 0),
  },
  {
    name: 'an order expired before the tap',
    set: (w) => {
      w.pays = [problem(409, 'ORDER_EXPIRED')];
      w.orders = [order('closed')];
    },
    states: 'login creating expired',
  },
  {
    name: 'an order paid before the tap (on another phone)',
    set: (w) => {
      w.pays = [problem(409, 'order_paid')];
      w.orders = [order('paid')];
    },
    states: 'login creating paid',
  },
  {
    name: 'an order that is not this customer’s',
    set: (w) => (w.pays = [problem(403, 'payer_mismatch')]),
    states: 'login creating failed',
    check: (result) => {
      assert.equal(result.name === 'failed' && result.error.code, 'payer_mismatch');
      assert.equal(result.name === 'failed' && result.retryable, false);
    },
  },
  {
    name: 'the server is away',
    set: (w) => (w.pays = ['no answer']),
    states: 'login creating failed',
    check: (result) => {
      assert.equal(result.name === 'failed' && result.error.code, 'network');
      assert.equal(result.name === 'failed' && result.retryable, true);
    },
  },
  {
    name: 'the server is unwell',
    set: (w) => (w.pays = [{ status: 503, body: 'busy' }]),
    states: 'login creating failed',
    check: (result) => {
      assert.equal(result.name === 'failed' && result.error.code, 'http_503');
      assert.equal(result.name === 'failed' && result.retryable, true);
    },
  },
  {
    name: 'a captive portal answers 200 with a page',
    set: (w) => (w.pays = [{ status: 200, body: '<html>' }]),
    states: 'login creating failed',
  },
  {
    name: 'the same request is still under way at the server',
    set: (w) => {
      w.pays = [problem(409, 'in_progress'), problem(409, 'in_progress'), PREPARED];
      w.orders = [order('paid')];
    },
    states: 'login creating cashier confirming paid',
  },
  {
    name: 'a spent login code is renewed once',
    set: (w) => {
      w.codes = ['spent', 'fresh'];
      w.logins = [problem(400, 'invalid_code'), { status: 200, body: { session_token: 's', expires_in: 7200 } }];
      w.orders = [order('paid')];
    },
    states: 'login creating cashier confirming paid',
    check: (_, world) => {
      const codes = world.requests('/login').map(({ body }) => (body as { code: string }).code);
      assert.deepEqual(codes, ['spent', 'fresh']);
    },
  },
  {
    name: 'a login refused twice is a failure',
    set: (w) => (w.logins = [problem(400, 'invalid_code')]),
    states: 'login failed',
    check: (result, world) => {
      assert.equal(result.name === 'failed' && result.error.code, 'login');
      assert.equal(world.requests('/login').length, 2);
    },
  },
  {
    name: 'wx.login itself fails',
    set: (w) => (w.codes = [new Error('login:fail timeout')]),
    states: 'login failed',
    check: (result) => assert.equal(result.name === 'failed' && result.error.message, 'login:fail timeout'),
  },
];

for (const row of TABLE) {
  test(row.name, async () => {
    const begun = begin();
    row.set(begun.world);
    const result = await finish(begun, begun.payment.start());
    assert.equal(begun.states.join(' '), row.states);
    assert.equal(begun.payment.state, result);
    row.check?.(result, begun.world);
  });
}

test('questions follow the schedule and end with the window', async () => {
  const begun = begin();
  const started = begun.world.clock.now();
  await finish(begun, begun.payment.start());
  const seconds = begun.world.asked_at_ms.map((at) => (at - started) / 1000);
  assert.deepEqual(seconds, [0, 1, 3, 5, 8, 11, 16, 21, 26]);
});

test('a lost answer does not end the questions', async () => {
  const begun = begin();
  begun.world.orders = ['no answer', { status: 500, body: '' }, order('paid')];
  assert.equal((await finish(begun, begun.payment.start())).name, 'paid');
});

test('an order the server does not show us ends the questions', async () => {
  const begun = begin();
  begun.world.orders = [problem(404, 'not_found')];
  const result = await finish(begun, begun.payment.start());
  assert.equal(result.name === 'failed' && result.error.code, 'not_found');
  assert.equal(begun.world.asked_at_ms.length, 1);
});

test('a retry after a cancel pays the same order and never makes another', async () => {
  const begun = begin();
  begun.world.cashier = cancel;
  assert.equal((await finish(begun, begun.payment.start())).name, 'cancelled');
  begun.world.cashier = { kind: 'ok' };
  begun.world.orders = [order('paid')];
  assert.equal((await finish(begun, begun.payment.retry())).name, 'paid');
  const urls = new Set(begun.world.requests('/pay').map(({ url }) => url));
  assert.deepEqual([...urls], ['https://pay.test/client/v1/orders/ord_1/pay']);
  assert.equal(begun.world.requests('/login').length, 1, 'the session is kept');
});

test('a second tap joins the first', async () => {
  const begun = begin();
  begun.world.orders = [order('paid')];
  const first = begun.payment.start();
  const second = begun.payment.start();
  assert.equal(begun.payment.busy, true);
  assert.equal(await finish(begun, first), await second);
  assert.equal(begun.world.cashiers.length, 1);
  assert.equal(begun.payment.busy, false);
});

test('a paid order cannot be paid again', async () => {
  const begun = begin();
  begun.world.orders = [order('paid')];
  await finish(begun, begun.payment.start());
  assert.equal((await begun.payment.retry()).name, 'paid');
  assert.equal(begun.world.cashiers.length, 1);
});

test('a session the server forgot is renewed once, and only once', async () => {
  const begun = begin();
  begun.world.pays = [problem(401, 'session_invalid'), PREPARED];
  begun.world.orders = [order('paid')];
  assert.equal((await finish(begun, begun.payment.start())).name, 'paid');
  assert.equal(begun.world.requests('/login').length, 2);

  const refused = begin();
  refused.world.pays = [problem(401, 'session_invalid')];
  const result = await finish(refused, refused.payment.start());
  assert.equal(result.name === 'failed' && result.error.code, 'session_invalid');
  assert.equal(refused.world.requests('/login').length, 2);
});

test('the session outlives the page, and ends before it expires', async () => {
  const world = new World();
  world.orders = [order('paid')];
  await finish(begin(world), begin(world).payment.start());
  const later = begin(world);
  await finish(later, later.payment.start());
  assert.equal(later.states.join(' '), 'creating cashier confirming paid', 'no second login');
  await world.clock.advance(7_200_000);
  const much_later = begin(world);
  await finish(much_later, much_later.payment.start());
  assert.equal(much_later.states[0], 'login');
});

test('a hidden page asks nothing, and asks at once when it is shown', async () => {
  const begun = begin();
  const { world } = begun;
  const started = begun.payment.start();
  await world.clock.advance(1_000);
  const before = world.asked_at_ms.length;
  world.view.set(false);
  await world.clock.advance(20_000);
  assert.equal(world.asked_at_ms.length, before);
  world.orders = [order('paid')];
  world.view.set(true);
  await settled();
  assert.equal(world.asked_at_ms.length, before + 1);
  assert.equal((await finish(begun, started)).name, 'paid');
});

test('refresh asks once and opens no cashier', async () => {
  const begun = begin();
  assert.equal((await finish(begun, begun.payment.refresh())).name, 'unpaid');
  assert.equal(begun.world.asked_at_ms.length, 1);
  begun.world.orders = [order('paid')];
  assert.equal((await finish(begun, begun.payment.refresh())).name, 'paid');
  assert.equal(begun.world.cashiers.length, 0);
});

test('refresh of a pending payment that is still open stays pending', async () => {
  const begun = begin();
  await finish(begun, begun.payment.start());
  assert.equal((await finish(begun, begun.payment.refresh())).name, 'pending');
});

test('refresh of a cancelled payment that is still open stays cancelled', async () => {
  const begun = begin();
  begun.world.cashier = cancel;
  await finish(begun, begun.payment.start());
  assert.equal((await finish(begun, begun.payment.refresh())).name, 'cancelled');
});

test('tokens travel in headers and bodies, never in addresses', async () => {
  const begun = begin();
  begun.world.orders = [order('paid')];
  await finish(begun, begun.payment.start());
  for (const { url } of begun.world.sent) assert.doesNotMatch(url, /tok_1|ses_1|code_1/);
  const [pay] = begun.world.requests('/pay');
  assert.equal(pay?.headers['Authorization'], 'Bearer ses_1');
  assert.deepEqual(pay?.body, { order_token: 'tok_1', appid: 'wx1', trade_type: 'JSAPI' });
  const [get] = begun.world.requests('/ord_1');
  assert.deepEqual(get?.headers, { 'Suanpan-Order-Token': 'tok_1' });
});
