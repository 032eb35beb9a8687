// The orders of this phone, in local storage. What is stored is for showing only: the server knows the truth.
const KEY = 'orders'
const KEPT = 50

export const all = () => uni.getStorageSync(KEY) || []

export const find = (id) => all().find(({ order_id }) => order_id === id)

export function save(order) {
  const others = all().filter(({ order_id }) => order_id !== order.order_id)
  uni.setStorageSync(KEY, [order, ...others].slice(0, KEPT))
}

export function update(order_id, change) {
  const changed = all().map((order) => (order.order_id === order_id ? { ...order, ...change } : order))
  uni.setStorageSync(KEY, changed)
}
