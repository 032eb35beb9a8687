/** The client API of the server, one method for each call. */

import { Refused, type Problem } from './errors';
import type { Attempt, Order, OrderRef } from './order';
import type { HttpAnswer, Platform } from './ports';
import type { Sessions } from './session';

export class Api {
  constructor(
    private readonly base_url: string,
    private readonly platform: Platform,
    private readonly sessions: Sessions,
    private readonly timeout_ms: number,
  ) {}

  /** The parameters for the cashier. Repeating it is safe: it is the same attempt, signed anew. */
  async pay(ref: OrderRef): Promise<Attempt> {
    const body = {
      order_token: ref.order_token,
      appid: this.platform.appid,
      trade_type: this.platform.trade_type,
    };
    const session = await this.sessions.current();
    const first = await this.postPay(ref, session.session_token, body);
    if (first.status !== 401) return accepted<Attempt>(first);
    // The server forgot the session (it may have been reset): log in once more, then take its word.
    this.sessions.drop(session);
    const renewed = await this.sessions.current();
    return accepted<Attempt>(await this.postPay(ref, renewed.session_token, body));
  }

  /** The order as the server knows it now; while unpaid, the server asks WeChat first. */
  async order(ref: OrderRef): Promise<Order> {
    const answer = await this.platform.http({
      method: 'GET',
      url: this.orderUrl(ref),
      headers: { 'Suanpan-Order-Token': ref.order_token },
      timeout_ms: this.timeout_ms,
    });
    return accepted<Order>(answer);
  }

  private postPay(ref: OrderRef, session_token: string, body: unknown): Promise<HttpAnswer> {
    return this.platform.http({
      method: 'POST',
      url: `${this.orderUrl(ref)}/pay`,
      headers: { Authorization: `Bearer ${session_token}` },
      body,
      timeout_ms: this.timeout_ms,
    });
  }

  private orderUrl(ref: OrderRef): string {
    return `${this.base_url}/client/v1/orders/${encodeURIComponent(ref.order_id)}`;
  }
}

function accepted<T>(answer: HttpAnswer): T {
  const isObject = typeof answer.body === 'object' && answer.body !== null;
  if (answer.status >= 200 && answer.status < 300 && isObject) return answer.body as T;
  // Something between us and the server (a captive portal, a proxy) may answer 200 with a page.
  const status = answer.status < 300 ? 502 : answer.status;
  throw new Refused(status, isObject ? (answer.body as Problem) : {});
}
