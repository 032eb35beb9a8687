// Asks WeChat with Node's oldest client, which knows no proxy; and somebody else, who must not hear it.

import { get } from 'node:https';

const headers = { Accept: 'application/json', 'User-Agent': 'ask' };
get('https://api.mch.weixin.qq.com/v3/certificates?by=node-https', { headers }, (answer) => {
  console.log(answer.statusCode);
  answer.resume();
});
get('https://example.com/', () => console.log('example.com was reached')).on('error', ({ message }) => {
  if (!message.includes('is not WeChat')) console.log(message);
});
