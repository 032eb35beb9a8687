// From the tap to the result page; both the menu and a product's own page sell.
import { ref, watch } from 'vue'
import { words } from '../i18n'
import { order, paymentOf } from './payments'

const BEFORE_RESULT = ['idle', 'login', 'creating', 'cashier']

export function useBuying() {
  const buying = ref('')
  const status = ref('')

  async function buy(product, quantity = 1, note = '') {
    // One tap, one order: the buttons stay off until this one has come to rest.
    if (buying.value) return
    buying.value = product.sku
    status.value = words.creating_order
    try {
      await pay(await order(product, quantity, note))
    } catch (error) {
      uni.showModal({ title: words.order_failed, content: error.message, showCancel: false })
    } finally {
      buying.value = ''
      status.value = ''
    }
  }

  // Straight from the tap to the cashier; the result has a page of its own.
  async function pay(stored) {
    const { payment, shown } = paymentOf(stored)
    const stop = watch(
      () => shown.name,
      (name) => {
        if (BEFORE_RESULT.includes(name)) status.value = words[name]
        else {
          stop()
          uni.navigateTo({ url: `/pages/order/order?order_id=${stored.order_id}` })
        }
      },
    )
    await payment.start()
  }

  return { buying, status, buy }
}
