Page({
  data: {
    said: 'nothing yet',
    groups: [
      { id: 'a', name: 'leaves', rows: ['green', 'black'] },
      { id: 'b', name: 'milk', rows: ['warm'] },
    ],
    cups: 1,
    name: '',
    outer: 0,
    inner: 0,
  },
  onRow({ currentTarget: { dataset }, mark }) {
    this.setData({ said: `${dataset.group} ${dataset.rowName} ${mark.row}` })
  },
  turn() {
    this.setData({ groups: this.data.groups.slice().reverse(), 'groups[0].name': 'sugar' })
  },
  onBody({ detail }) {
    this.setData({ said: `body of ${detail.from}` })
  },
  measure() {
    const query = this.createSelectorQuery()
    query.selectAll('.group').boundingClientRect()
    query.exec(([groups]) => {
      this.selectComponent('#panel').measure((height) => this.setData({ said: `${groups.length} groups, ${height} px` }))
    })
  },
  onOuter() {
    this.setData({ outer: this.data.outer + 1 })
  },
  onInner(event) {
    // What uni-app does to every event.
    event.stopPropagation = () => {}
    this.setData({ inner: this.data.inner + 1 })
  },
  onTouch({ touches }) {
    this.touches = touches.length
  },
  onHeld({ currentTarget }) {
    this.setData({ said: `held with ${this.touches} finger, ${currentTarget.dataset.testid}` })
  },
  onSubmit({ detail }) {
    this.setData({ said: JSON.stringify(detail.value) })
  },
  unknown() {
    const fail = ({ errMsg }) => this.setData({ said: `${errMsg}; window is ${typeof window}` })
    wx.chooseImage({ fail })
  },
  descend() {
    wx.navigateTo({
      url: '/deep/floor/floor?from=list',
      events: { climbed: (from) => this.setData({ said: `climbed from ${from}` }) },
      success: ({ eventChannel }) => eventChannel.emit('rope', 'a long rope'),
    })
  },
})
