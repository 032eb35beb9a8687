//! What went wrong and what to do about it: the knowledge behind `suanpan explain`.
