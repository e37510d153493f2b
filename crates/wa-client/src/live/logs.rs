//! What the library may say in a log.

/// Filter directives for the library's log targets, to stand above whatever level an operator asks for.
///
/// At its usual levels the library writes JIDs, the pairing code, public keys and whole stanzas, some of them under
/// targets of its own (`Client/PairCode`) that do not begin with a crate's name. Warnings and errors are enough to see
/// that something is wrong; what is wrong comes as a [`crate::LinkEvent`].
pub const LOG_CURBS: &[&str] = &[
    "whatsapp_rust=warn",
    "whatsapp_rust_tokio_transport=warn",
    "wacore=warn",
    "wacore_binary=warn",
    "wacore_noise=warn",
    "wacore_appstate=warn",
    // Prints identity keys with an error for every message that comes twice.
    "wacore_libsignal=off",
    "AppState=warn",
    "Blocking=warn",
    "Bot=warn",
    "Chatstate=warn",
    "Client=warn",
    "MessageQueue=warn",
    "Mex=warn",
    "PresenceHandler=warn",
    "TcToken=warn",
    "UnifiedSession=warn",
    "blocklist=warn",
    "usync=warn",
];
