// One `Payment` for each order for as long as the program runs: the page that started it and the page that
// shows it see the same one, and paying again is always paying the same order.
import { createClient, miniprogram } from '@suanpan/client'
import { reactive } from 'vue'
import { server } from '../config'
import { createOrder } from './shop'
import * as orders from './orders'

// In a build for WeChat `uni` has every function of `wx` that the library calls.
const client = createClient({ base_url: server, platform: miniprogram(uni) })
const payments = new Map()

const MOVING = ['idle', 'login', 'creating', 'cashier', 'confirming']

/** The payment of an order, and its state as Vue sees it. */
export function paymentOf({ order_id, order_token }) {
  const known = payments.get(order_id)
  if (known) return known
  const shown = reactive({ name: 'idle', order: undefined, retryable: false })
  const onState = ({ name, order, retryable = false }) => {
    Object.assign(shown, { name, retryable, order: order || shown.order })
    if (!MOVING.includes(name)) orders.update(order_id, { last: name, order })
  }
  const entry = { payment: client.payment({ order_id, order_token }, { onState }), shown }
  payments.set(order_id, entry)
  return entry
}

/** Orders, and stores the order before it is paid: whatever happens next, the customer can find it again. */
export async function order(product, quantity, note) {
  const { order_id, order_token } = await createOrder(product.sku, quantity)
  const stored = { order_id, order_token, name: product.name, quantity, note }
  orders.save(stored)
  return stored
}

// Logs in while the customer still reads the menu; a failure here shows itself when paying.
export const warmUp = () => client.login().catch(() => {})
