// Our shop's backend. It creates the order with its own price list; this program only says what and how many.
const { shop } = require('../config')
const { request } = require('./http')

module.exports = {
  products: async () => (await request({ url: `${shop}/api/products` })).products,
  // Answers `{ order_id, order_token }`: all that paying needs.
  createOrder: (sku, quantity) =>
    request({ url: `${shop}/api/orders`, method: 'POST', data: { sku, quantity } }),
}
