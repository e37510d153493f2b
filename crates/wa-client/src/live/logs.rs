//! What the library may log.

/// Filter directives for the library's log targets that override the operator's level.
///
/// At its usual levels the library logs JIDs, the pairing code, public keys and whole stanzas, some of them under
/// separate targets (`Client/PairCode`) that do not begin with a crate's name. Warnings and errors are enough to see
/// that something is wrong; the details come as a [`crate::LinkEvent`].
pub const LOG_CURBS: &[&str] = &[
    "whatsapp_rust=warn",
    // Its warnings name the addresses of files, which have a token in them.
    "whatsapp_rust::download=error",
    "whatsapp_rust_tokio_transport=warn",
    "wacore=warn",
    "wacore_binary=warn",
    "wacore_noise=warn",
    "wacore_appstate=warn",
    // Logs identity keys with an error for every redelivered message.
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
