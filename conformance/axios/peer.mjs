// wechatpay-axios-plugin, unmodified, answers what it would make of things.
//
//   node peer.mjs
//
// One JSON object a line in, one out: {"ok": …}, {"no": "why"} when the SDK refuses, {"cannot": true} when it has no
// function for it. Its own code signs, verifies, seals and opens; nothing of ours is used.

import { Aes, Formatter, Hash, Rsa, Transformer } from 'wechatpay-axios-plugin';

let world;

const does = {
  introduce({ mchid, api_v3_key: apiV3Key, merchant, wechat }) {
    const keys = ({ serial_no: serial, private: secret, public: open }) => ({
      serial,
      private: Rsa.from(secret, Rsa.KEY_TYPE_PRIVATE),
      public: Rsa.from(open, Rsa.KEY_TYPE_PUBLIC),
    });
    world = { mchid, apiV3Key, merchant: keys(merchant), wechat: keys(wechat) };
    return true;
  },
  authorization({ method, target, timestamp, nonce, body }) {
    const signature = Rsa.sign(Formatter.request(method, target, timestamp, nonce, body), world.merchant.private);
    return Formatter.authorization(world.mchid, nonce, signature, timestamp, world.merchant.serial);
  },
  believe({ headers, body }) {
    const { 'wechatpay-timestamp': timestamp, 'wechatpay-nonce': nonce, 'wechatpay-signature': signature } = headers;
    demand(Rsa.verify(Formatter.response(timestamp, nonce, body), signature, world.wechat.public), 'not signed');
    return true;
  },
  sign_answer({ timestamp, nonce, body }) {
    return Rsa.sign(Formatter.response(timestamp, nonce, body), world.wechat.private);
  },
  sign_lines({ lines }) {
    return Rsa.sign(Formatter.joinedByLineFeed(...lines), world.merchant.private);
  },
  open({ headers, body }) {
    does.believe({ headers, body });
    const { ciphertext, nonce, associated_data: aad } = JSON.parse(body).resource;
    return Aes.AesGcm.decrypt(ciphertext, world.apiV3Key, nonce, aad);
  },
  notify({ timestamp, nonce, plaintext, original_type: originalType, associated_data: aad, seal_nonce: sealNonce }) {
    const body = JSON.stringify({
      id: '1',
      event_type: 'GENERATED',
      resource_type: 'encrypt-resource',
      resource: {
        original_type: originalType,
        algorithm: 'AEAD_AES_256_GCM',
        ciphertext: Aes.AesGcm.encrypt(plaintext, world.apiV3Key, sealNonce, aad),
        associated_data: aad,
        nonce: sealNonce,
      },
    });
    return { body, signature: does.sign_answer({ timestamp, nonce, body }) };
  },
  encrypt: ({ text }) => Rsa.encrypt(text, world.merchant.public),
  decrypt: ({ ciphertext }) => Rsa.decrypt(ciphertext, world.wechat.private),
  v2_sign: ({ sign_type: type, fields }) => Hash.sign(type, fields, world.apiV3Key),
  v2_read: ({ xml }) => Transformer.toObject(xml),
  v2_write: ({ fields }) => Transformer.toXml(fields),
  v2_believe({ sign_type: type, xml }) {
    const fields = Transformer.toObject(xml);
    demand(Hash.equals(Hash.sign(type, fields, world.apiV3Key), fields.sign), 'not signed');
    return true;
  },
  v2_write_signed({ sign_type: type, fields }) {
    return Transformer.toXml({ ...fields, sign: Hash.sign(type, fields, world.apiV3Key) });
  },
  v2_open_req_info: ({ req_info: ciphertext }) => Aes.AesEcb.decrypt(ciphertext, Hash.md5(world.apiV3Key)),
  v2_seal_req_info: ({ text }) => Aes.AesEcb.encrypt(text, Hash.md5(world.apiV3Key)),

  // The two paths of `cargo xtask bench protocol`; the answer is CPU time in nanoseconds each.
  prepay: ({ times, answer, lines, ...request }) => measured(times, () => {
    does.authorization(request);
    does.believe(answer);
    JSON.parse(answer.body);
    does.sign_lines({ lines });
  }),
  notification: ({ times, ...notification }) => measured(times, () => JSON.parse(does.open(notification))),
};

function measured(times, run) {
  const start = process.cpuUsage();
  for (let i = 0; i < times; i += 1) run();
  const { user, system } = process.cpuUsage(start);
  return Math.round(((user + system) * 1000) / times);
}

function demand(holds, reason) {
  if (!holds) throw new Error(reason);
}

function answer(line) {
  const question = JSON.parse(line);
  if (!Object.hasOwn(does, question.do)) return { cannot: true };
  try {
    return { ok: does[question.do](question) };
  } catch (error) {
    return { no: String(error) };
  }
}

// Not `readline`: it also breaks lines at U+2028, which JSON leaves as it is.
let rest = '';
process.stdin.setEncoding('utf8').on('data', (chunk) => {
  const lines = (rest + chunk).split('\n');
  rest = lines.pop();
  lines.forEach((line) => process.stdout.write(`${JSON.stringify(answer(line))}\n`));
});
