// One `Payment` for each order for as long as the program runs: the page that started it and the page that
// shows it see the same one, and paying again is always paying the same order.
const { createClient, miniprogram } = require('@suanpan/client')
const { server } = require('../config')
const orders = require('./orders')

const client = createClient({ base_url: server, platform: miniprogram(wx) })
const payments = new Map()

function entryOf(ref) {
  const known = payments.get(ref.order_id)
  if (known) return known
  const listeners = new Set()
  const payment = client.payment(
    { order_id: ref.order_id, order_token: ref.order_token },
    {
      onState: (state) => {
        if (isResult(state)) orders.update(ref.order_id, { last: state.name, order: state.order })
        listeners.forEach((listener) => listener(state))
      },
    },
  )
  const entry = { payment, listeners }
  payments.set(ref.order_id, entry)
  return entry
}

const isResult = ({ name }) => !['idle', 'login', 'creating', 'cashier', 'confirming'].includes(name)

module.exports = {
  of: (ref) => entryOf(ref).payment,
  // Calls back on every change until the returned function is called.
  watch(ref, listener) {
    const { listeners } = entryOf(ref)
    listeners.add(listener)
    return () => listeners.delete(listener)
  },
  order: (ref) => client.order(ref),
  // Logs in while the customer still reads the menu; a failure here shows itself when paying.
  warmUp: () => client.login().catch(() => {}),
}
