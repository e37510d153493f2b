//! Frames: three bytes of length, then the payload. WebSocket message boundaries are ignored.

use bytes::{Buf, Bytes, BytesMut};

/// `WA`, protocol 6, dictionary 3: also the prologue of the Noise handshake.
pub(super) const HEADER: [u8; 4] = [0x57, 0x41, 6, 3];
/// Introduces routing data that a client got from an earlier connection.
const ROUTING: [u8; 4] = [0x45, 0x44, 0, 1];

#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("the stream does not begin like a WhatsApp client's")]
pub(super) struct BadHeader;

#[derive(Default)]
pub(super) struct FrameReader {
    buffer: BytesMut,
    greeted: bool,
}

impl FrameReader {
    pub fn push(&mut self, bytes: &[u8]) {
        self.buffer.extend_from_slice(bytes);
    }

    /// The next whole frame, if there is one.
    pub fn next(&mut self) -> Result<Option<BytesMut>, BadHeader> {
        if !self.greeted && !self.greet()? {
            return Ok(None);
        }
        let Some(length) = length(&self.buffer) else {
            return Ok(None);
        };
        if self.buffer.len() < 3 + length {
            return Ok(None);
        }
        self.buffer.advance(3);
        Ok(Some(self.buffer.split_to(length)))
    }

    /// Skips the optional routing data and the header. False while bytes are missing.
    fn greet(&mut self) -> Result<bool, BadHeader> {
        if self.buffer.len() < 4 {
            return Ok(false);
        }
        if self.buffer[..4] == ROUTING {
            let Some(length) = length(&self.buffer[4..]) else {
                return Ok(false);
            };
            if self.buffer.len() < 7 + length + 4 {
                return Ok(false);
            }
            self.buffer.advance(7 + length);
        }
        if self.buffer[..4] != HEADER {
            return Err(BadHeader);
        }
        self.buffer.advance(4);
        self.greeted = true;
        Ok(true)
    }
}

fn length(bytes: &[u8]) -> Option<usize> {
    let [a, b, c, ..] = bytes else { return None };
    Some(usize::from(*a) << 16 | usize::from(*b) << 8 | usize::from(*c))
}

/// Appends one frame.
pub(super) fn append(payload: &[u8], to: &mut Vec<u8>) {
    to.extend_from_slice(&(payload.len() as u32).to_be_bytes()[1..]);
    to.extend_from_slice(payload);
}

pub(super) fn frame(payload: &[u8]) -> Bytes {
    let mut bytes = Vec::with_capacity(payload.len() + 3);
    append(payload, &mut bytes);
    bytes.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_are_found_wherever_the_stream_was_cut() {
        let mut stream = ROUTING.to_vec();
        stream.extend_from_slice(&[0, 0, 2, 9, 9]);
        stream.extend_from_slice(&HEADER);
        append(b"one", &mut stream);
        append(b"", &mut stream);
        append(&[7; 300], &mut stream);
        let mut reader = FrameReader::default();
        let mut frames = Vec::new();
        for byte in stream {
            reader.push(&[byte]);
            while let Some(frame) = reader.next().unwrap() {
                frames.push(frame.to_vec());
            }
        }
        assert_eq!(frames, [b"one".to_vec(), Vec::new(), vec![7; 300]]);
    }

    #[test]
    fn another_protocol_is_refused() {
        let mut reader = FrameReader::default();
        reader.push(b"GET / HTTP/1.1");
        assert_eq!(reader.next(), Err(BadHeader));
    }
}
