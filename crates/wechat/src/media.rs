//! Uploads of pictures and films: `POST /v3/merchant/media/upload` and its neighbours.
