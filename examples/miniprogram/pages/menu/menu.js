const { words, language } = require('../../i18n')
const shop = require('../../services/shop')
const orders = require('../../services/orders')
const payments = require('../../services/payments')

Page({
  data: { words, products: [], buying: '', status: words.loading, failure: '' },

  onLoad() {
    wx.setNavigationBarTitle({ title: words.shop })
    this.load()
  },

  async load() {
    this.setData({ status: words.loading, failure: '' })
    try {
      this.setData({ products: await shop.products(), status: '' })
    } catch (error) {
      this.setData({ status: '', failure: error.message })
    }
  },

  async buy({ detail: { product } }) {
    // One tap, one order: the buttons stay off until this one has come to rest.
    if (this.data.buying) return
    this.setData({ buying: product.sku, status: words.creating_order })
    try {
      await this.pay(await this.order(product))
    } catch (error) {
      wx.showModal({ title: words.order_failed, content: error.message, showCancel: false })
    } finally {
      this.setData({ buying: '', status: '' })
    }
  },

  async order(product) {
    const { order_id, order_token } = await shop.createOrder(product.sku, 1)
    const order = { order_id, order_token, name: product.name[language], quantity: 1, created_at: Date.now() }
    // Stored before it is paid: whatever happens next, the customer can find it again.
    orders.save(order)
    return order
  },

  // Straight from the tap to the cashier; the result has a page of its own.
  async pay(order) {
    let moved = false
    const show = () => {
      if (moved) return
      moved = true
      wx.navigateTo({ url: `/pages/order/order?order_id=${order.order_id}` })
    }
    const stop = payments.watch(order, ({ name }) => {
      if (['login', 'creating', 'cashier'].includes(name)) this.setData({ status: words[name] })
      else show()
    })
    await payments.of(order).start()
    stop()
    show()
  },
})
