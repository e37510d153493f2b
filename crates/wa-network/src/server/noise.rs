//! The responder's side of the Noise handshakes: XX, IK, and XXfallback when an IK attempt cannot be read.

use buffa::{Message as _, MessageField};
use rand::rngs::StdRng;
use wacore::libsignal::protocol::KeyPair;
use wacore::noise::{HandshakeError, NoiseCipher, NoiseHandshake};
use waproto::whatsapp::handshake_message::{ClientHello, ServerHello};
use waproto::whatsapp::{ClientPayload, HandshakeMessage};

use super::ServerKeys;
use super::frames::HEADER;

const XX: &str = "Noise_XX_25519_AESGCM_SHA256\0\0\0\0";
const IK: &str = "Noise_IK_25519_AESGCM_SHA256\0\0\0\0";
const XX_FALLBACK: &str = "Noise_XXfallback_25519_AESGCM_SHA256";

#[derive(Debug, thiserror::Error)]
pub(super) enum NoiseFailed {
    #[error("a handshake message is malformed")]
    Malformed,
    #[error("the handshake does not verify")]
    Crypto(#[from] HandshakeError),
}

/// What the handshake establishes.
pub(super) struct Secured {
    /// The client's static key, which identifies it.
    pub client_static: [u8; 32],
    pub payload: ClientPayload,
    pub from_client: NoiseCipher,
    pub to_client: NoiseCipher,
}

/// After the server's answer an IK handshake is complete; an XX one waits for the client's last message.
pub(super) enum Step {
    Done(Box<Secured>),
    Finish(Box<AwaitFinish>),
}

pub(super) struct AwaitFinish {
    noise: NoiseHandshake,
    ephemeral: KeyPair,
}

/// Reads a client hello; returns the server hello to send and the next step.
pub(super) fn respond(keys: &ServerKeys, message: &[u8], rng: &mut StdRng) -> Result<(Vec<u8>, Step), NoiseFailed> {
    let message = HandshakeMessage::decode_from_slice(message).map_err(|_| NoiseFailed::Malformed)?;
    let hello = message.client_hello.as_option().ok_or(NoiseFailed::Malformed)?;
    let client_ephemeral = key(hello.ephemeral.as_deref())?;
    let ephemeral = KeyPair::generate(rng);
    match (&hello.r#static, &hello.payload) {
        (None, _) | (_, None) => respond_xx(XX, keys, client_ephemeral, ephemeral),
        (Some(_), Some(_)) => match read_ik(keys, hello, client_ephemeral) {
            Ok(opened) => finish_ik(keys, opened, client_ephemeral, &ephemeral),
            // The client cached another key or sent an invalid hello: it may start over with what it sent.
            Err(_) => respond_xx(XX_FALLBACK, keys, client_ephemeral, ephemeral),
        },
    }
}

fn respond_xx(
    pattern: &str,
    keys: &ServerKeys,
    client_ephemeral: [u8; 32],
    ephemeral: KeyPair,
) -> Result<(Vec<u8>, Step), NoiseFailed> {
    let mut noise = NoiseHandshake::new(pattern, &HEADER)?;
    let public = ephemeral.public_key.public_key_bytes();
    noise.authenticate(&client_ephemeral);
    noise.authenticate(public);
    noise.mix_shared_secret(ephemeral.private_key.serialize(), &client_ephemeral)?;
    let static_key = noise.encrypt(&keys.static_public())?;
    noise.mix_shared_secret(keys.static_private(), &client_ephemeral)?;
    let chain = noise.encrypt(keys.chain())?;
    let hello = server_hello(public, Some(static_key), chain);
    Ok((hello, Step::Finish(Box::new(AwaitFinish { noise, ephemeral }))))
}

impl AwaitFinish {
    /// Reads the client's last message.
    pub fn finish(mut self, message: &[u8]) -> Result<Secured, NoiseFailed> {
        let message = HandshakeMessage::decode_from_slice(message).map_err(|_| NoiseFailed::Malformed)?;
        let finish = message.client_finish.as_option().ok_or(NoiseFailed::Malformed)?;
        let client_static = self
            .noise
            .decrypt(finish.r#static.as_deref().ok_or(NoiseFailed::Malformed)?)?;
        let client_static = key(Some(&client_static))?;
        self.noise
            .mix_shared_secret(self.ephemeral.private_key.serialize(), &client_static)?;
        let payload = self
            .noise
            .decrypt(finish.payload.as_deref().ok_or(NoiseFailed::Malformed)?)?;
        secured(self.noise, client_static, &payload)
    }
}

/// An IK hello that could be read.
struct Opened {
    noise: NoiseHandshake,
    client_static: [u8; 32],
    payload: Vec<u8>,
}

fn read_ik(keys: &ServerKeys, hello: &ClientHello, client_ephemeral: [u8; 32]) -> Result<Opened, NoiseFailed> {
    let mut noise = NoiseHandshake::new(IK, &HEADER)?;
    noise.authenticate(&keys.static_public());
    noise.authenticate(&client_ephemeral);
    noise.mix_shared_secret(keys.static_private(), &client_ephemeral)?;
    let client_static = noise.decrypt(hello.r#static.as_deref().unwrap_or_default())?;
    let client_static = key(Some(&client_static))?;
    noise.mix_shared_secret(keys.static_private(), &client_static)?;
    let payload = noise.decrypt(hello.payload.as_deref().unwrap_or_default())?;
    Ok(Opened {
        noise,
        client_static,
        payload,
    })
}

fn finish_ik(
    keys: &ServerKeys,
    opened: Opened,
    client_ephemeral: [u8; 32],
    ephemeral: &KeyPair,
) -> Result<(Vec<u8>, Step), NoiseFailed> {
    let Opened {
        mut noise,
        client_static,
        payload,
    } = opened;
    let public = ephemeral.public_key.public_key_bytes();
    noise.authenticate(public);
    noise.mix_shared_secret(ephemeral.private_key.serialize(), &client_ephemeral)?;
    noise.mix_shared_secret(ephemeral.private_key.serialize(), &client_static)?;
    let chain = noise.encrypt(keys.chain())?;
    let hello = server_hello(public, None, chain);
    Ok((hello, Step::Done(Box::new(secured(noise, client_static, &payload)?))))
}

fn secured(noise: NoiseHandshake, client_static: [u8; 32], payload: &[u8]) -> Result<Secured, NoiseFailed> {
    let payload = ClientPayload::decode_from_slice(payload).map_err(|_| NoiseFailed::Malformed)?;
    // The library names the halves from the client's side: what it writes is what we read.
    let (from_client, to_client) = noise.finish()?;
    Ok(Secured {
        client_static,
        payload,
        from_client,
        to_client,
    })
}

fn server_hello(ephemeral: &[u8], static_key: Option<Vec<u8>>, payload: Vec<u8>) -> Vec<u8> {
    HandshakeMessage {
        server_hello: MessageField::some(ServerHello {
            ephemeral: Some(ephemeral.to_vec()),
            r#static: static_key,
            payload: Some(payload),
            ..Default::default()
        }),
        ..Default::default()
    }
    .encode_to_vec()
}

fn key(bytes: Option<&[u8]>) -> Result<[u8; 32], NoiseFailed> {
    bytes
        .and_then(|bytes| bytes.try_into().ok())
        .ok_or(NoiseFailed::Malformed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use wacore::noise::{IkHandshakeState, IkServerHelloOutcome, XxFallbackHandshakeState};

    fn client_payload() -> Vec<u8> {
        let payload = ClientPayload {
            username: Some(4915),
            ..Default::default()
        };
        payload.encode_to_vec()
    }

    fn assert_ciphers_agree(from_client: &NoiseCipher, to_server: &NoiseCipher) {
        let sealed = to_server.encrypt_with_counter(0, b"hello").unwrap();
        let mut opened = sealed.clone();
        from_client.decrypt_in_place_with_counter(0, &mut opened).unwrap();
        assert_eq!(opened, b"hello");
    }

    #[test]
    fn a_client_with_our_key_logs_in_by_ik_without_a_certificate_check() {
        let (keys, rng) = (ServerKeys::from_seed(1), &mut rand::make_rng::<StdRng>());
        let me = KeyPair::generate(rng);
        let mut client = IkHandshakeState::new(me.clone(), keys.static_public(), client_payload(), &HEADER).unwrap();
        let (hello, step) = respond(&keys, &client.build_client_hello().unwrap(), rng).unwrap();
        let Step::Done(secured) = step else {
            panic!("the hello was not accepted");
        };
        let IkServerHelloOutcome::Continue(client) = client.read_server_hello(&hello).unwrap() else {
            panic!("the client was asked to start over");
        };
        assert_eq!(secured.client_static, me.public_key.public_key_bytes());
        assert_eq!(secured.payload.username, Some(4915));
        assert_ciphers_agree(&secured.from_client, &client.write_cipher);
        assert_ciphers_agree(&client.read_cipher, &secured.to_client);
    }

    #[test]
    fn a_client_with_another_servers_key_may_start_over() {
        let (keys, rng) = (ServerKeys::from_seed(1), &mut rand::make_rng::<StdRng>());
        let me = KeyPair::generate(rng);
        let stale = ServerKeys::from_seed(2).static_public();
        let mut client = IkHandshakeState::new(me.clone(), stale, client_payload(), &HEADER).unwrap();
        let (hello, step) = respond(&keys, &client.build_client_hello().unwrap(), rng).unwrap();
        let (Step::Finish(waits), IkServerHelloOutcome::Fallback(inputs)) =
            (step, client.read_server_hello(&hello).unwrap())
        else {
            panic!("no fallback");
        };
        let mut client = XxFallbackHandshakeState::from_ik_failure(*inputs, &HEADER).unwrap();
        // Only a build that skips the certificate check gets further than this.
        if let Ok(finish) = client.build_client_finish() {
            let secured = waits.finish(&finish).unwrap();
            assert_eq!(secured.client_static, me.public_key.public_key_bytes());
            assert_ciphers_agree(&secured.from_client, &client.finish().unwrap().write_cipher);
        }
    }

    #[test]
    fn a_tampered_finish_is_refused() {
        let (keys, rng) = (ServerKeys::from_seed(1), &mut rand::make_rng::<StdRng>());
        let hello = HandshakeMessage {
            client_hello: MessageField::some(ClientHello {
                ephemeral: Some(KeyPair::generate(rng).public_key.public_key_bytes().to_vec()),
                ..Default::default()
            }),
            ..Default::default()
        };
        let (_, step) = respond(&keys, &hello.encode_to_vec(), rng).unwrap();
        let Step::Finish(waits) = step else {
            panic!("XX has a third message");
        };
        assert!(waits.finish(b"nonsense").is_err());
        assert!(respond(&keys, b"nonsense", rng).is_err());
    }
}
