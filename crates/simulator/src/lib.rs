//! WeChat on your laptop: a stateful, strict, seeded world behind WeChat's own paths.
