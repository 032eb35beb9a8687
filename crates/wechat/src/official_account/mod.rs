//! Official accounts: login of a web page inside WeChat, and its JS-SDK.
