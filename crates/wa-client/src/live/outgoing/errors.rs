//! The library's errors as ours: retry, wait for a connection, or give up.

use whatsapp_rust::{ClientError, IqError, SendError};

use crate::LinkError;

pub(in crate::live) fn send_error(error: SendError) -> LinkError {
    match error {
        SendError::NotLoggedIn => LinkError::NotConnected,
        SendError::Client(error) => client_error(error),
        SendError::Iq(error) => iq_error(error),
        SendError::InvalidRequest(why) => LinkError::Permanent(why),
        other => LinkError::Transient(other.to_string()),
    }
}

pub(in crate::live) fn client_error(error: ClientError) -> LinkError {
    match error {
        ClientError::NotConnected | ClientError::NotLoggedIn | ClientError::Socket(_) | ClientError::EncryptSend(_) => {
            LinkError::NotConnected
        }
        ClientError::Iq(error) => iq_error(error),
        other => LinkError::Transient(other.to_string()),
    }
}

pub(in crate::live) fn iq_error(error: IqError) -> LinkError {
    match error {
        IqError::Timeout => LinkError::TimedOut,
        IqError::NotConnected
        | IqError::Socket(_)
        | IqError::EncryptSend(_)
        | IqError::Disconnected(_)
        | IqError::InternalChannelClosed => LinkError::NotConnected,
        IqError::ClientState(error) => client_error(*error),
        // A retry would get the same answer: not allowed, no such account or group, not acceptable, gone.
        IqError::ServerError {
            code: code @ (401 | 403 | 404 | 406 | 410),
            ..
        } => LinkError::Permanent(format!("WhatsApp refused it ({code})")),
        IqError::ServerError { code: 429, .. } => LinkError::Transient("WhatsApp asks to slow down (429)".to_owned()),
        IqError::ServerError { code, .. } => LinkError::Transient(format!("WhatsApp could not do it now ({code})")),
        other => LinkError::Transient(other.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn server_error(code: u16) -> SendError {
        SendError::Iq(IqError::ServerError {
            code,
            text: String::new(),
            error_type: None,
            backoff: None,
        })
    }

    #[test]
    fn permanent_refusals_are_distinguished_from_temporary_ones() {
        assert!(matches!(send_error(server_error(404)), LinkError::Permanent(_)));
        assert!(matches!(send_error(server_error(429)), LinkError::Transient(_)));
        assert!(matches!(send_error(server_error(503)), LinkError::Transient(_)));
        assert!(matches!(
            send_error(SendError::InvalidRequest("empty".into())),
            LinkError::Permanent(_)
        ));
    }

    #[test]
    fn a_missing_connection_is_named_as_such() {
        assert!(matches!(send_error(SendError::NotLoggedIn), LinkError::NotConnected));
        assert!(matches!(
            send_error(SendError::Client(ClientError::NotConnected)),
            LinkError::NotConnected
        ));
        assert!(matches!(
            send_error(SendError::Iq(IqError::Timeout)),
            LinkError::TimedOut
        ));
    }
}
