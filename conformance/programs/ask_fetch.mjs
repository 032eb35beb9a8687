// Asks WeChat with Node's own `fetch`.

const { status } = await fetch('https://api.mch.weixin.qq.com/v3/certificates?by=node-fetch');
console.log(status);
