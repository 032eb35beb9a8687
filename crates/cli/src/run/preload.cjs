'use strict';

const { Socket } = require('node:net');

const connect = Socket.prototype.connect;

// Callers pass (options), (port, host) or, inside Node, an array that begins with the options.
Socket.prototype.connect = function connectToSimulator(...given) {
  const first = given[0];
  const inside = Array.isArray(first);
  const named = inside ? first[0] : first;
  const options = typeof named === 'object' && named !== null ? named : { host: given[1], port: first };
  const host = String(options.host).toLowerCase();
  const isWeb = ['80', '443'].includes(String(options.port)) && typeof options.host === 'string';
  if (HOSTS.has(host) && Number(options.port) === 443) {
    // A copy: the caller still compares the certificate with the name it asked for.
    const turned = { ...options, ...LISTENER };
    if (inside) first[0] = turned;
    else if (options === named) given[0] = turned;
    else [given[0], given[1]] = [turned.port, turned.host];
    // HTTP/2 takes an origin's port from the connection.
    Object.defineProperty(this, 'remotePort', { value: 443 });
  } else if (isWeb && !isDirect(host)) {
    const refusal = `Refused: ${host}:${options.port} is not WeChat; under "suanpan run" only --direct leads elsewhere.`;
    const error = Object.assign(new Error(refusal), { code: 'ERR_SUANPAN_REFUSED' });
    // Whoever connects is not done with the socket yet.
    process.nextTick(() => this.destroy(error));
    return this;
  }
  return connect.apply(this, given);
};

// As NO_PROXY is read elsewhere: a name stands for itself and for what is under it.
function isDirect(host) {
  const isHere = host.startsWith('127.') || host.endsWith('.localhost');
  return isHere || DIRECT.some((name) => host === name || host.endsWith(`.${name.replace(/^\*?\./, '')}`));
}
