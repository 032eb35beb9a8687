//! Never shipped: the acts and the simulator's world on virtual time under faults, seed by seed.
