Component({ relations: { './string': { type: 'parent' } } })
