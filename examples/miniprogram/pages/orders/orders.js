const { words } = require('../../i18n')
const orders = require('../../services/orders')
const payments = require('../../services/payments')

const FINAL = ['paid', 'closed', 'expired']

Page({
  data: { words, orders: [], busy: false },

  onLoad() {
    wx.setNavigationBarTitle({ title: words.orders_title })
  },

  onShow() {
    this.draw()
    this.refresh()
  },

  async onPullDownRefresh() {
    await this.refresh()
    wx.stopPullDownRefresh()
  },

  // Only what can still change is asked about; an answer that does not come changes nothing.
  async refresh() {
    const open = orders.all().filter(({ last }) => !FINAL.includes(last))
    this.setData({ busy: true })
    await Promise.all(open.map((order) => payments.of(order).refresh()))
    this.setData({ busy: false })
    this.draw()
  },

  draw() {
    const shown = orders.all().map((order) => ({
      order_id: order.order_id,
      name: order.name,
      quantity: order.quantity,
      view: order.last || 'unpaid',
      total: order.order ? order.order.amount.total : 0,
    }))
    this.setData({ orders: shown })
  },

  toMenu() {
    wx.switchTab({ url: '/pages/menu/menu' })
  },
})
