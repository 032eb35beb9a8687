/**
 * `@suanpan/client`: lets a front end pay an order of a Suanpan server with WeChat.
 *
 * One folder per place a page can run in lives in `platform/`; everything else is the same for all.
 */

export { createClient, type Client, type ClientOptions } from './client';
export { Payment, type PaymentOptions, type PayResult, type PayState } from './payment';
export { LoginFailed, Refused, type PayError, type Problem } from './errors';
export { verdictOf, type Attempt, type Order, type OrderRef, type OrderState, type Verdict } from './order';
export { miniprogram, type Wx } from './platform/miniprogram';
export type {
  CashierReturn,
  Clock,
  Http,
  HttpAnswer,
  HttpRequest,
  Platform,
  Storage,
  Visibility,
} from './ports';
