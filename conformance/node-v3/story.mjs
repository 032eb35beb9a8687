// wechatpay-node-v3, unmodified. Its host is fixed and Node's client knows no proxy: `suanpan run` leads it here.
//
//   suanpan run -- node story.mjs --management URL --trust certificate --notify-url URL --inbox FILE

import WxPay from 'wechatpay-node-v3';
import { demand, opening, tell } from '../day.mjs';

const opened = await opening();
const { merchant, app } = opened;
const wxpay = new WxPay({
  appid: app.appid,
  mchid: merchant.mchid,
  serial_no: merchant.serial_no,
  publicKey: Buffer.from(merchant.certificate_pem),
  privateKey: Buffer.from(merchant.private_key_pem),
  key: merchant.api_v3_key,
});

await tell(
  opened,
  {
    async establishTrust() {
      const certificates = await wxpay.get_certificates(merchant.api_v3_key);
      demand(certificates.some(({ publicKey }) => publicKey.includes('PUBLIC KEY')), 'a platform certificate');
    },
    // It makes the second signature at once.
    prepay: (order) => answered(200, wxpay.transactions_jsapi(order)),
    query: (number) => answered(200, wxpay.query({ out_trade_no: number })),
    close: async (number) => (await wxpay.close(number)).status,
    invocation: (params) => params,
    isAboutSignature: () => false,
    isSigned: (headers, body) => wxpay.verifySign({
      timestamp: headers['wechatpay-timestamp'],
      nonce: headers['wechatpay-nonce'],
      serial: headers['wechatpay-serial'],
      signature: headers['wechatpay-signature'],
      body,
    }),
    decrypt: ({ ciphertext, associated_data: aad, nonce }) => wxpay.decipher_gcm(ciphertext, aad, nonce),
    refund: (wanted) => answered(200, wxpay.refunds(wanted)),
    queryRefund: (number) => answered(200, wxpay.find_refunds(number)),
    async bill(day) {
      const applied = await answered(200, wxpay.tradebill({ bill_date: day, bill_type: 'ALL' }));
      const text = await answered(200, wxpay.downloadBill(applied.download_url));
      return { applied, text };
    },
  },
  {
    'badly signed answer refused': 'theirs: answers are believed without a look at their signature',
    'altered notification refused': 'theirs: its decryption never checks the authentication tag',
  },
);

async function answered(expected, call) {
  const { status, data, error } = await call;
  demand(status === expected, `${expected}, got ${status} ${error ?? JSON.stringify(data)}`);
  return data;
}
