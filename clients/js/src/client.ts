/** The front door of the library. */

import { Api } from './api';
import type { Order, OrderRef } from './order';
import { Payment, type PaymentOptions } from './payment';
import { systemClock, type Clock, type Platform } from './ports';
import { Sessions } from './session';

export interface ClientOptions {
  /** Where the Suanpan server listens, without a slash at the end. */
  readonly base_url: string;
  readonly platform: Platform;
  readonly clock?: Clock;
  /** For each request to our server; 10 s unless given. */
  readonly timeout_ms?: number;
}

export interface Client {
  /** One order to be paid. Keep it while the page lives: it knows what is under way. */
  payment(ref: OrderRef, options?: PaymentOptions): Payment;
  /** The order as the server knows it now. Rejects with `Refused`, or with the platform's network error. */
  order(ref: OrderRef): Promise<Order>;
  /** Logs in ahead of time, so that the first tap on "pay" reaches the cashier sooner. */
  login(): Promise<void>;
}

export function createClient(options: ClientOptions): Client {
  const { platform, clock = systemClock, timeout_ms = 10_000 } = options;
  const base_url = options.base_url.replace(/\/+$/, '');
  const sessions = new Sessions(base_url, platform, clock, timeout_ms);
  const api = new Api(base_url, platform, sessions, timeout_ms);
  return {
    payment: (ref, paymentOptions = {}) => new Payment({ api, sessions, platform, clock }, ref, paymentOptions),
    order: (ref) => api.order(ref),
    login: async () => {
      await sessions.current();
    },
  };
}
