//! What Suanpan does, one file per sentence of the business, over ports only.
