'use strict';

const { Socket } = require('node:net');

const connect = Socket.prototype.connect;

// Callers pass (options), (port, host) or, inside Node, an array that begins with the options.
Socket.prototype.connect = function connectToSimulator(...given) {
  const first = given[0];
  if (Array.isArray(first)) {
    first[0] = redirected(first[0]);
  } else if (typeof first === 'object' && first !== null) {
    given[0] = redirected(first);
  } else if (typeof given[1] === 'string') {
    const { host, port } = redirected({ host: given[1], port: first });
    given[0] = port;
    given[1] = host;
  }
  return connect.apply(this, given);
};

// A copy: the caller still compares the certificate with the name it asked for.
function redirected(options) {
  const isWeChat = HOSTS.has(String(options.host).toLowerCase()) && Number(options.port) === 443;
  return isWeChat ? { ...options, ...LISTENER } : options;
}
