const { words } = require('./i18n')
const payments = require('./services/payments')

App({
  onLaunch() {
    wx.setTabBarItem({ index: 0, text: words.tab_menu })
    wx.setTabBarItem({ index: 1, text: words.tab_orders })
    payments.warmUp()
  },
})
