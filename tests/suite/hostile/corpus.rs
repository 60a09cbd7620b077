//! What the fuzz targets in `fuzz/` found worth keeping, read again by the same readers.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use firstkey::domain::client::ResponseType;
use firstkey::untrusted::{READERS, authorization_request};

use crate::support::app::App;

/// The target that needs a whole provider.
const WHOLE: &str = "authorization_request";

fn folder(of: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz").join(of)
}

/// The files of a target's corpus.
pub fn files(target: &str) -> Vec<Vec<u8>> {
    let entries = fs::read_dir(folder("corpus").join(target)).expect("a corpus");
    entries.map(|entry| fs::read(entry.unwrap().path()).unwrap()).collect()
}

#[test]
fn every_reader_has_a_target_and_a_corpus_that_is_small_and_there_are_no_others() {
    let readers: BTreeSet<String> =
        READERS.iter().map(|(name, _)| (*name).to_owned()).chain([WHOLE.to_owned()]).collect();
    for of in ["corpus", "fuzz_targets"] {
        let entries = fs::read_dir(folder(of)).unwrap().map(|entry| entry.unwrap().file_name());
        let names = entries.map(|name| name.into_string().unwrap().replace(".rs", ""));
        assert_eq!(names.collect::<BTreeSet<_>>(), readers, "{of}");
    }
    for target in readers {
        let files = files(&target);
        assert!((1..=80).contains(&files.len()), "{target}: {} files", files.len());
        let bytes: usize = files.iter().map(Vec::len).sum();
        assert!(bytes <= 160 * 1024, "{target}: {bytes} bytes");
    }
}

/// [Attacks] fuzzing · everything that was found worth keeping, read again
#[test]
fn nothing_in_the_corpus_breaks_a_promise_of_its_reader() {
    for (target, read) in READERS {
        for file in files(target) {
            read(&file);
        }
    }
}

/// A provider with the clients of the fuzz target.
pub async fn provider() -> App {
    let app = App::start().await;
    for (id, public) in [("web", false), ("app", true)] {
        app.client_with(id, public, |settings| {
            settings.redirect_uris =
                vec!["https://app.example/cb".into(), "http://127.0.0.1/cb".into()];
            settings.native = public;
            if !public {
                settings.response_types.push(ResponseType::IdToken);
            }
        })
        .await;
    }
    app
}

/// [Attacks] fuzzing · authorization requests that were found worth keeping, read by a whole provider
#[tokio::test]
async fn no_request_in_the_corpus_is_answered_anywhere_else() {
    let app = provider().await;
    for file in files(WHOLE) {
        authorization_request(&app.services, &file).await.unwrap();
        // And as it comes over the wire.
        let answer = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .unwrap()
            .post(app.url("/authorize"))
            .header("content-type", "application/x-www-form-urlencoded")
            .body(file.clone())
            .send()
            .await
            .unwrap();
        let status = answer.status().as_u16();
        assert!(status < 500, "{status} {:?}", String::from_utf8_lossy(&file));
    }
}
