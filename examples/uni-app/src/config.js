// Where the two servers are. The defaults are those of `cargo xtask demo`; a platform (or the simulator)
// may put others into the program's ext configuration without touching this file.
const ext = uni.getExtConfigSync() || {}

// Our shop's own backend: products, and creating orders. It alone knows the prices.
export const shop = ext.shop || 'http://127.0.0.1:8701'
// The Suanpan server: logging in, paying, and what became of an order.
export const server = ext.server || 'http://127.0.0.1:8700'
