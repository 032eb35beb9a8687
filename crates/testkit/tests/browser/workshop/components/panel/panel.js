Component({
  options: { multipleSlots: true, addGlobalClass: true },
  methods: {
    onBody() {
      this.triggerEvent('body', { from: 'panel' })
    },
    // The class is the app's: `addGlobalClass` lets it in.
    measure(callback) {
      this.createSelectorQuery().select('.measured').boundingClientRect(({ height }) => callback(height)).exec()
    },
  },
})
