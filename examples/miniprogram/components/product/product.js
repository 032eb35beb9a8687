const { language } = require('../../i18n')

const TINTS = ['#8a5a3b', '#7d9b5b', '#b98a4a', '#5f7f78', '#a4653f', '#92713f']

Component({
  properties: {
    product: { type: Object, value: {} },
    index: { type: Number, value: 0 },
    label: { type: String, value: '' },
    busy: { type: Boolean, value: false },
    disabled: { type: Boolean, value: false },
  },
  data: { name: '', description: '', tint: TINTS[0] },
  observers: {
    'product, index'(product, index) {
      const { name = {}, description = {} } = product || {}
      this.setData({
        name: name[language] || '',
        description: description[language] || '',
        tint: TINTS[index % TINTS.length],
      })
    },
  },
  methods: {
    onBuy() {
      this.triggerEvent('buy', { product: this.data.product })
    },
  },
})
