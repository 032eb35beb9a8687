/** The server's view of an order and of one attempt to pay it: field names are the wire's own. */

/** What the merchant's backend hands to the front end after creating an order. */
export interface OrderRef {
  readonly order_id: string;
  /** Lets its holder see and pay this one order. Never put it into a URL. */
  readonly order_token: string;
}

export type OrderState = 'open' | 'paid' | 'partly_refunded' | 'refunded' | 'closed' | 'paid_late';

export interface Order {
  readonly order_id: string;
  /** Newer servers may know more states; anything unknown counts as "not decided yet". */
  readonly state: OrderState | (string & {});
  readonly amount: { readonly total: number; readonly currency: string };
  readonly [field: string]: unknown;
}

export interface Attempt {
  readonly attempt_id: string;
  readonly out_trade_no: string;
  /** Exactly what the platform's cashier takes; for a mini program, `wx.requestPayment`'s five strings. */
  readonly client_params: Readonly<Record<string, string>>;
}

/** What an order's state means to the person who wants to pay it. */
export type Verdict = 'paid' | 'closed' | 'undecided';

export function verdictOf(order: Order): Verdict {
  switch (order.state) {
    case 'paid':
    case 'partly_refunded':
      return 'paid';
    // Money that came too late goes back to the payer; for the page the order is as closed as before.
    case 'closed':
    case 'refunded':
    case 'paid_late':
      return 'closed';
    default:
      return 'undecided';
  }
}
