// tenpay, unmodified: v2, its host in a constant. `suanpan run` leads it here.
//
//   suanpan run -- node story.mjs --management URL --trust shared_key --notify-url URL --inbox FILE

import Payment from 'tenpay';
import { opening } from '../day.mjs';
import { tell } from '../day_v2.mjs';

const opened = await opening();
const { merchant, app } = opened;
const wxpay = new Payment({
  appid: app.appid,
  mchid: merchant.mchid,
  partnerKey: merchant.api_v2_key,
  pfx: Buffer.from(merchant.certificate_p12_base64, 'base64'),
});

await tell(opened, {
  async prepay({ description, out_trade_no, amount, payer, notify_url }) {
    const { prepay_id } = await wxpay.unifiedOrder({
      body: description,
      out_trade_no,
      total_fee: amount.total,
      openid: payer.openid,
      notify_url,
    });
    return prepay_id;
  },
  query: (number) => wxpay.orderQuery({ out_trade_no: number }),
  close: (number) => wxpay.closeOrder({ out_trade_no: number }),
  invocation: (prepayId) => wxpay.getPayParamsByPrepay({ prepay_id: prepayId }),
  isAboutSignature: ({ message }) => message === 'sign签名错误',
  openPayment: (body) => received('pay', body),
  async openRefund(body) {
    const { req_info } = await received('refund', body);
    return req_info;
  },
  refund: (wanted) => wxpay.refund(wanted),
  queryRefund: (number) => wxpay.refundQuery({ out_refund_no: number }),
  bill: (day) => wxpay.downloadBill({ bill_date: day }),
});

// Its middleware is how it reads notifications: what it believes goes on, what it does not is answered at once.
function received(kind, body) {
  const request = { body };
  return new Promise((resolve, reject) => {
    const response = { header() {}, send: (answer) => reject(new Error(answer)) };
    wxpay.middlewareForExpress(kind)(request, response, () => resolve(request.weixin));
  });
}
