//! The connection under HTTP. Stock accept loops have no timer for slow headers and resolve
//! contradictory framing silently; here both are decided (threats h01, h03, h08, h10).

mod accept;
mod head;
mod stream;

pub(crate) use accept::{Edge, serve};
pub(crate) use stream::Framing;
