// The orders of this phone, in local storage. What is stored is for showing only: the server knows the truth.
const KEY = 'orders'
const KEPT = 50

const all = () => wx.getStorageSync(KEY) || []

function save(order) {
  const others = all().filter(({ order_id }) => order_id !== order.order_id)
  wx.setStorageSync(KEY, [order, ...others].slice(0, KEPT))
}

function update(order_id, change) {
  wx.setStorageSync(
    KEY,
    all().map((order) => (order.order_id === order_id ? { ...order, ...change } : order)),
  )
}

module.exports = { all, save, update, find: (id) => all().find(({ order_id }) => order_id === id) }
