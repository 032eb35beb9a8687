/** What a page may ask of WeChat's browser, under the bridge's names. */

import type { PaymentOutcome, TransferParams } from '../../shared/protocol';
import type { BridgeResult } from '../../shared/web-protocol';
import type { JsConfig, JsConfigVerdict, PayBy } from '../management';

/** What the answers are made with. */
export interface Caller {
  /** Where the page lies, and what its browser calls itself: the cashier looks at both. */
  readonly page: string;
  readonly user_agent: string;
  pay(by: PayBy): Promise<PaymentOutcome>;
  takeTransfer(invoke: TransferParams): Promise<PaymentOutcome>;
  /** Whether WeChat believes what the page says in `wx.config`. */
  verify(config: Omit<JsConfig, 'url'>): Promise<JsConfigVerdict>;
  warn(text: string): void;
  close(): void;
  /** The page called something that is not here. */
  unsupported(name: string): void;
}

type Args = Readonly<Record<string, unknown>>;
type Call = (args: Args, caller: Caller) => BridgeResult | Promise<BridgeResult>;

const fine = (name: string): Call => () => ({ err_msg: `${name}:ok` });

const CALLS: Readonly<Record<string, Call>> = {
  getBrandWCPayRequest: async (args, caller) => {
    const { page, user_agent } = caller;
    const outcome = await caller.pay({ invoke: { kind: 'jsapi', appid: text(args, 'appId'), params: args, page, user_agent } });
    const err_msg = `get_brand_wcpay_request:${outcome.kind}`;
    return outcome.kind === 'fail' ? { err_msg, err_desc: outcome.detail } : { err_msg };
  },
  requestMerchantTransfer: async (args, caller) => {
    const invoke = { mchId: text(args, 'mchId'), appId: text(args, 'appId'), package: text(args, 'package') };
    const outcome = await caller.takeTransfer(invoke);
    const err_msg = `requestMerchantTransfer:${outcome.kind}`;
    return outcome.kind === 'fail' ? { err_msg, err_desc: outcome.detail } : { err_msg };
  },
  // What jweixin makes of `wx.config`.
  preVerifyJSAPI: async (args, caller) => {
    const verdict = await caller.verify({
      appid: text(args, 'verifyAppId'),
      timestamp: Number(text(args, 'verifyTimestamp')),
      nonce_str: text(args, 'verifyNonceStr'),
      signature: text(args, 'verifySignature'),
    });
    if (verdict.reason !== undefined) caller.warn(`wx.config: ${verdict.reason}`);
    return { err_msg: verdict.ok ? 'preVerifyJSAPI:ok' : verdict.err_msg.replace(/^config/, 'preVerifyJSAPI') };
  },
  checkJsApi: ({ jsApiList }) => {
    const asked = Array.isArray(jsApiList) ? jsApiList.map(String) : [];
    const known = Object.fromEntries(asked.map((name) => [name, Object.hasOwn(CALLS, name)]));
    return { err_msg: 'checkJsApi:ok', checkResult: JSON.stringify(known) };
  },
  closeWindow: (_, caller) => {
    caller.close();
    return { err_msg: 'close_window:ok' };
  },
  getNetworkType: () => ({ err_msg: 'network_type:wifi' }),
  // Menus that this phone does not have are as good as hidden.
  hideOptionMenu: fine('hideOptionMenu'),
  showOptionMenu: fine('showOptionMenu'),
  hideMenuItems: fine('hideMenuItems'),
  showMenuItems: fine('showMenuItems'),
  hideToolbar: fine('hideToolbar'),
};

function text(args: Args, name: string): string {
  return String(args[name] ?? '');
}

export async function answer(name: string, args: Args, caller: Caller): Promise<BridgeResult> {
  const call = Object.hasOwn(CALLS, name) ? CALLS[name] : undefined;
  if (call !== undefined) {
    try {
      return await call(args, caller);
    } catch (thrown) {
      return { err_msg: `${name}:fail`, err_desc: thrown instanceof Error ? thrown.message : String(thrown) };
    }
  }
  caller.unsupported(name);
  return { err_msg: `${name}:fail not supported by simulator` };
}
