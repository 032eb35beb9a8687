module.exports = Behavior({
  properties: { max: { type: Number, value: 2 } },
  lifetimes: {
    attached() {
      getApp().globalData.log.push('behavior')
    },
  },
  methods: {
    clamp(value) {
      return Math.min(value, this.data.max)
    },
  },
})
