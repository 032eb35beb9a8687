// One `Payment` for each order for as long as the program runs: the page that started it and the page that
// shows it see the same one, and paying again is always paying the same order.
import Taro from '@tarojs/taro'
import { useSyncExternalStore } from 'react'
import { createClient, miniprogram } from '@suanpan/client'
import { server } from '../config'
import { createOrder } from './shop'
import * as orders from './orders'

// In a build for WeChat `Taro` has every function of `wx` that the library calls.
const client = createClient({ base_url: server, platform: miniprogram(Taro) })
const payments = new Map()

const MOVING = ['idle', 'login', 'creating', 'cashier', 'confirming']

export function paymentOf({ order_id, order_token }) {
  const known = payments.get(order_id)
  if (known) return known
  const listeners = new Set()
  const entry = { listeners, shown: { name: 'idle' } }
  const onState = (state) => {
    // React asks whether the state is another one; an order once known stays on the screen.
    entry.shown = { ...state, order: state.order || entry.shown.order }
    if (!MOVING.includes(state.name)) orders.update(order_id, { last: state.name, order: state.order })
    listeners.forEach((listener) => listener())
  }
  entry.payment = client.payment({ order_id, order_token }, { onState })
  entry.subscribe = (listener) => {
    listeners.add(listener)
    return () => listeners.delete(listener)
  }
  payments.set(order_id, entry)
  return entry
}

export const usePayment = (entry) => useSyncExternalStore(entry.subscribe, () => entry.shown)

/** Orders, and stores the order before it is paid: whatever happens next, the customer can find it again. */
export async function order(product, gift) {
  const { order_id, order_token } = await createOrder(product.sku, 1)
  const stored = { order_id, order_token, name: product.name, gift }
  orders.save(stored)
  return stored
}

// Logs in while the customer still reads the menu; a failure here shows itself when paying.
export const warmUp = () => client.login().catch(() => {})
