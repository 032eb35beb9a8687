Page({
  data: { log: '' },
  onShow() {
    this.setData({ log: getApp().globalData.log.join(' ') })
  },
})
