// Asks WeChat with Node's own `fetch`; and somebody else, who must not hear it.

const { status } = await fetch('https://api.mch.weixin.qq.com/v3/certificates?by=node-fetch');
console.log(status);
const refusal = await fetch('https://example.com/').catch(({ cause }) => cause?.message ?? '');
// Later versions of Node ask the proxy, which says the same in its first line.
if (!/is not WeChat|403/.test(refusal)) console.log(refusal);
