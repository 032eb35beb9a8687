const { words } = require('../../i18n')
const orders = require('../../services/orders')
const payments = require('../../services/payments')

const ICONS = { paid: 'success', cancelled: 'info', unpaid: 'info', failed: 'warn', closed: 'cancel', expired: 'cancel' }

Page({
  data: { words, view: 'confirming', icon: 'waiting', headline: '', hint: '', total: 0, busy: false, retryable: false },

  onLoad({ order_id }) {
    wx.setNavigationBarTitle({ title: words.order_title })
    this.stored = orders.find(order_id)
    if (!this.stored) return this.toMenu()
    const { name, quantity } = this.stored
    this.setData({ order_id, name, quantity })
    this.payment = payments.of(this.stored)
    this.stop = payments.watch(this.stored, (state) => this.show(state))
    if (this.payment.state.name !== 'idle') return this.show(this.payment.state)
    // Opened from the list: nothing is under way, so ask how it stands.
    this.refresh()
  },

  // The customer may have paid, or let it expire, while he was away.
  onShow() {
    const waiting = ['pending', 'cancelled', 'unpaid'].includes(this.data.view)
    if (this.payment && waiting && !this.payment.busy) this.payment.refresh()
  },

  onUnload() {
    if (this.stop) this.stop()
  },

  pay() {
    this.payment.retry()
  },

  refresh() {
    this.payment.refresh()
  },

  toMenu() {
    wx.switchTab({ url: '/pages/menu/menu' })
  },

  show(state) {
    const view = state.name === 'idle' ? 'confirming' : state.name
    this.setData({
      view,
      icon: ICONS[view] || 'waiting',
      headline: words[view],
      hint: state.name === 'failed' ? state.error.message : words[`${view}_hint`] || '',
      total: state.order ? state.order.amount.total : this.data.total,
      busy: this.payment.busy && view !== 'paid',
      retryable: state.name === 'failed' && state.retryable,
    })
  },
})
