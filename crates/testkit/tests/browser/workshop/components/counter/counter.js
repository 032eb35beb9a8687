const tell = (name) => () => getApp().globalData.log.push(name)

Component({
  behaviors: [require('./limit')],
  properties: { value: { type: Number, value: 0 } },
  data: { double: 0 },
  observers: {
    value(value) {
      this.setData({ double: value * 2 })
    },
  },
  lifetimes: { created: tell('created'), attached: tell('attached'), ready: tell('ready'), detached: tell('detached') },
  pageLifetimes: { show: tell('show'), hide: tell('hide') },
  methods: {
    more() {
      // The page's own value follows: it is bound with `model:`.
      this.setData({ value: this.clamp(this.data.value + 1) })
    },
  },
})
