// Asks WeChat with Node's oldest client, which knows no proxy.

import { get } from 'node:https';

const headers = { Accept: 'application/json', 'User-Agent': 'ask' };
get('https://api.mch.weixin.qq.com/v3/certificates?by=node-https', { headers }, (answer) => {
  console.log(answer.statusCode);
  answer.resume();
});
