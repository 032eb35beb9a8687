//! Mini-program servers: today login; phone numbers, shipping and messages have their place here.

pub mod code2session;
