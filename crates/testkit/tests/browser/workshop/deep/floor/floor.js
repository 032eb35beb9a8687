const top = () => getCurrentPages()[getCurrentPages().length - 1]

Page({
  data: { from: '', rope: 'nothing', failure: '', depth: 0 },
  onLoad({ from = 'above' }) {
    this.setData({ from, depth: getCurrentPages().length })
    this.channel = this.getOpenerEventChannel()
    this.channel.on('rope', (rope) => this.setData({ rope }))
  },
  dig() {
    const fail = ({ errMsg }) => top().setData({ failure: errMsg })
    wx.navigateTo({ url: './floor', success: () => top().dig(), fail })
  },
  climb() {
    wx.navigateBack({ delta: 10 })
  },
  onUnload() {
    this.channel.emit('climbed', `floor ${this.data.depth}`)
  },
})
