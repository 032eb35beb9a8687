// wechatpay-axios-plugin, unmodified, its base address configured.
//
//   node story.mjs --management URL --trust certificate|public_key --notify-url URL --inbox FILE

import { Aes, Formatter, Rsa, Wechatpay } from 'wechatpay-axios-plugin';
import { demand, opening, tell } from '../day.mjs';

const opened = await opening();
const { fixture, merchant, app, trust } = opened;
const privateKey = Rsa.from(merchant.private_key_pem, Rsa.KEY_TYPE_PRIVATE);
let keys;
let wxpay;

await tell(opened, {
  async establishTrust() {
    keys = trust === 'certificate' ? await downloadCertificates() : publicKey();
    wxpay = client(keys);
  },
  async prepay(order) {
    const { data, status } = await wxpay.v3.pay.transactions.jsapi.post(order);
    demand(status === 200, `200, got ${status} ${JSON.stringify(data)}`);
    return data.prepay_id;
  },
  async query(number) {
    const found = await wxpay.v3.pay.transactions.outTradeNo._out_trade_no_
      .get({ params: { mchid: merchant.mchid }, out_trade_no: number });
    return found.data;
  },
  async close(number) {
    const { status } = await wxpay.v3.pay.transactions.outTradeNo._out_trade_no_.close
      .post({ mchid: merchant.mchid }, { out_trade_no: number });
    return status;
  },
  invocation(prepayId) {
    const params = {
      timeStamp: String(Formatter.timestamp()),
      nonceStr: Formatter.nonce(),
      package: `prepay_id=${prepayId}`,
      signType: 'RSA',
    };
    const message = Formatter.joinedByLineFeed(app.appid, params.timeStamp, params.nonceStr, params.package);
    return { ...params, paySign: Rsa.sign(message, privateKey) };
  },
  isAboutSignature: ({ code }) => code === 'EV3_RES_HEADER_SIGNATURE_DIGEST',
  isSigned: (headers, body) => isSigned(headers, body, keys[headers['wechatpay-serial']]),
  decrypt: ({ ciphertext, nonce, associated_data: aad }) => Aes.AesGcm.decrypt(ciphertext, merchant.api_v3_key, nonce, aad),
  refund: async (wanted) => (await wxpay.v3.refund.domestic.refunds.post(wanted)).data,
  queryRefund: async (number) => (await wxpay.v3.refund.domestic.refunds._out_refund_no_.get({ out_refund_no: number })).data,
  async bill(day) {
    const { data: applied } = await wxpay.v3.bill.tradebill.get({ params: { bill_date: day, bill_type: 'ALL' } });
    const token = new URL(applied.download_url).searchParams.get('token');
    const { data } = await wxpay.v3.billdownload.file.get({ params: { token }, responseType: 'arraybuffer' });
    return { applied, text: data.toString() };
  },
});

function client(certs) {
  return new Wechatpay({
    baseURL: fixture.api_base,
    mchid: merchant.mchid,
    serial: merchant.serial_no,
    privateKey,
    certs,
    // The key family of the answer follows this header while a merchant has both.
    headers: { 'Wechatpay-Serial': Object.keys(certs)[0] },
  });
}

function publicKey() {
  const { id, pem } = merchant.public_key;
  return { [id]: Rsa.from(pem, Rsa.KEY_TYPE_PUBLIC) };
}

// The SDK verifies an answer with keys it was given at construction, so the first download cannot go through its
// verifier. Its own pieces then prove the download: decrypted by the APIv3 key and signed by a key that came with it.
async function downloadCertificates() {
  const bootstrap = client({ none_yet: merchant.certificate_pem });
  let text;
  const { data, headers } = await bootstrap.v3.certificates.get({
    transformResponse: [(body) => { text = body; return JSON.parse(body); }],
  });
  const certs = Object.fromEntries(data.data.map(({ serial_no: serial, encrypt_certificate: sealed }) => [
    serial,
    Aes.AesGcm.decrypt(sealed.ciphertext, merchant.api_v3_key, sealed.nonce, sealed.associated_data),
  ]));
  const signer = certs[headers['wechatpay-serial']];
  demand(signer !== undefined, 'the download is signed by a certificate it contains');
  demand(isSigned(headers, text, signer), 'the signature of the download verifies');
  return certs;
}

function isSigned(headers, body, key) {
  const message = Formatter.response(headers['wechatpay-timestamp'], headers['wechatpay-nonce'], body);
  return Rsa.verify(message, headers['wechatpay-signature'], Rsa.from(key, Rsa.KEY_TYPE_PUBLIC));
}
