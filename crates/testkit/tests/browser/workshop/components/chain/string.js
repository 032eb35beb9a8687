Component({
  data: { beads: 0 },
  relations: {
    './bead': {
      type: 'child',
      linked() {
        this.count()
      },
      unlinked() {
        this.count()
      },
    },
  },
  methods: {
    count() {
      this.setData({ beads: this.getRelationNodes('./bead').length })
    },
  },
})
