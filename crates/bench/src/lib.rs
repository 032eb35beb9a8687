//! Never shipped: floors and peers.
