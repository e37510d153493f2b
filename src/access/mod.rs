//! Access: how programs enter: API keys, access tokens and refresh tokens.
