/** Who the user and the program are, and paying. */

import type { Launch, PaymentParams } from '../../shared/protocol';
import { HostRefusal, type Bridge } from '../bridge';
import { ApiFailure, api, expectType, type Options } from './async';

const FIELDS = ['timeStamp', 'nonceStr', 'package', 'signType', 'paySign'] as const;

export function account(bridge: Pick<Bridge, 'call'>, launch: Launch) {
  return {
    login: api('login', async () => {
      const { code } = await bridge.call('login', {}).result;
      return { code };
    }),
    checkSession: api('checkSession', async () => {
      const { ok } = await bridge.call('checkSession', {}).result;
      if (!ok) throw new ApiFailure('session time out, need relogin');
    }),
    requestSubscribeMessage: api('requestSubscribeMessage', async ({ tmplIds }) => {
      if (!Array.isArray(tmplIds)) throw new ApiFailure('TmplIds type error', { errCode: 10004 });
      const answer = await bridge.call('requestSubscribeMessage', { tmplIds: tmplIds.map(String) }).result;
      const { errMsg, errCode, ...templates } = answer;
      if (errCode === undefined) return templates;
      throw new ApiFailure(errMsg.replace(/^\w+:fail ?/, ''), { errCode });
    }),
    requestPayment: api('requestPayment', async (options) => {
      const params = paymentParams(options);
      const outcome = await pay(bridge, params);
      if (outcome.kind === 'cancel') throw new ApiFailure('cancel');
      if (outcome.kind === 'fail') throw new ApiFailure(outcome.detail);
    }),
    requestMerchantTransfer: api('requestMerchantTransfer', async (options) => {
      const { mchId, appId, package: packageInfo } = options as Readonly<Record<string, unknown>>;
      for (const [name, value] of Object.entries({ mchId, package: packageInfo })) expectType(name, value, 'String');
      const params = { mchId: String(mchId), appId: String(appId ?? launch.appid), package: String(packageInfo) };
      const outcome = await bridge.call('requestMerchantTransfer', params).result;
      if (outcome.kind === 'cancel') throw new ApiFailure('cancel');
      if (outcome.kind === 'fail') throw new ApiFailure(outcome.detail);
    }),
    getAccountInfoSync: () => ({
      miniProgram: { appId: launch.appid, envVersion: 'develop', version: '' },
      plugin: {},
    }),
    getExtConfigSync: () => structuredClone(launch.ext),
    getExtConfig: api('getExtConfig', () => ({ extConfig: structuredClone(launch.ext) })),
  };
}

async function pay(bridge: Pick<Bridge, 'call'>, params: PaymentParams) {
  try {
    return await bridge.call('requestPayment', params).result;
  } catch (thrown) {
    throw new ApiFailure(thrown instanceof HostRefusal ? thrown.message : String(thrown));
  }
}

/** WeChat checks the types of the five before the cashier sees anything; numbers are the classic mistake. */
function paymentParams(options: Options): PaymentParams {
  // `signType` may be left out: WeChat then assumes MD5, and an RSA signature fails at the cashier.
  const given: Record<string, unknown> = { signType: 'MD5', ...options };
  for (const field of FIELDS) expectType(field, given[field], 'String');
  return Object.fromEntries(FIELDS.map((field) => [field, given[field]])) as unknown as PaymentParams;
}
