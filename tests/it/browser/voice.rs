//! A voice message: recorded in a browser with a beeping microphone, and judged by the tools of Opus's makers.

use std::io::Write as _;
use std::process::Command;

use serde_json::json;

use super::{ANA, Site};
use crate::support::chrome::{Chrome, DESK};
use crate::support::{debian_tool, within};

/// Length and channels of a file, by `opusinfo`, which has no complaint.
fn judged(opusinfo: &std::path::Path, bytes: &[u8]) -> (f64, String) {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(bytes).unwrap();
    let told = Command::new(opusinfo).arg(file.path()).output().unwrap();
    let text = String::from_utf8_lossy(&told.stdout).into_owned();
    assert!(told.status.success() && !text.contains("WARNING"), "{text}");
    // `Playback length: 0m:01.980s`
    let length = text
        .lines()
        .find_map(|line| line.trim().strip_prefix("Playback length: "));
    let (minutes, seconds) = length.unwrap().split_once("m:").unwrap();
    let seconds: f64 = seconds.trim_end_matches('s').parse().unwrap();
    (minutes.parse::<f64>().unwrap() * 60.0 + seconds, text)
}

/// More than two seconds of beeps, as the `count`th voice message of the conversation.
async fn record_and_send(chrome: &Chrome, count: usize) {
    chrome.click("[data-record]").await;
    chrome
        .until("document.querySelector('[data-record]').ariaPressed == 'true'")
        .await;
    chrome.run("window.began = performance.now()", json!([])).await;
    chrome.until("performance.now() - window.began > 2200").await;
    chrome.click("[data-record]").await;
    chrome
        .until("document.querySelector('[data-file] audio') && !document.querySelector('[data-file] progress')")
        .await;
    chrome.click("[data-composer] .send").await;
    let sent = format!("document.querySelectorAll('.message[data-from=me] .wave').length == {count}");
    chrome.until(&sent).await;
}

#[tokio::test]
async fn what_a_browser_records_is_a_voice_message_that_phones_play() {
    let test = "what_a_browser_records_is_a_voice_message_that_phones_play";
    let Some(opusinfo) = debian_tool(test, "opusinfo") else {
        return;
    };
    let (site, _) = Site::linked().await;
    let chat = site.write(ANA, "Can you tell me the way?").await;
    let Some(chrome) = site.browse(test, DESK, &format!("/chats/{chat}")).await else {
        return site.end().await;
    };
    chrome.until("document.querySelector('[data-record]')").await;
    // As most browsers do; and as one that records nothing but MP4, whose sound the page decodes itself.
    let only_mp4 = "const known = MediaRecorder.isTypeSupported;
        MediaRecorder.isTypeSupported = (type) => type === 'audio/mp4' && known.call(MediaRecorder, type)";
    for (turn, script) in ["", only_mp4].into_iter().enumerate() {
        chrome.run(script, json!([])).await;
        record_and_send(&chrome, turn + 1).await;
        let mut ticks = site.world.phones().watch(ANA).unwrap();
        let arrived = async {
            loop {
                ticks.borrow_and_update();
                let inbox = site.world.phones().inbox(ANA, 0).unwrap();
                let voice = inbox.into_iter().filter(|message| message.kind == "voice").nth(turn);
                if let Some(voice) = voice {
                    return voice;
                }
                ticks.changed().await.expect("the phone is there");
            }
        };
        let voice = within("the phone gets the voice message", arrived).await;
        let file = site.world.phones().media(ANA, &voice.id).unwrap().unwrap();
        assert_eq!(file.mime, "audio/ogg; codecs=opus");
        let (length, text) = judged(&opusinfo, &file.bytes);
        assert!(text.contains("Channels: 1"), "{text}");
        assert!((2.0..30.0).contains(&length), "{text}");
        let messages = site.world.thread(&chat).await;
        let sent = messages.iter().find(|message| message.wa_id == voice.id).unwrap();
        let media = sent.media.as_ref().unwrap();
        let said = f64::from(media.seconds.unwrap());
        assert!((said - length).abs() <= 1.0, "{said} and {length}");
        let wave = media.waveform.as_ref().unwrap();
        assert_eq!(wave.len(), 64);
        // The microphone beeps once a second, and is silent between.
        assert!(
            wave.iter().max() == Some(&100) && wave.iter().any(|level| *level < 20),
            "{wave:?}"
        );
    }
    drop(chrome);
    site.end().await;
}
