//! A model hub on this machine stands in for the real one; the client and the store are real.

use super::super::hub::{Hub, part_of};
use super::super::supply::Pip;
use super::super::{Manifest, ModelStore, StoreError, StoreErrorKind};
use super::PullStep;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use tempfile::TempDir;
use voiceman_base::Digest;

const COMMIT: &str = "0123456789abcdef0123456789abcdef01234567";
const VOCABULARY: &[u8] = b"[\"a\"]";

/// Contents in which every part is different from every other.
fn weights() -> Vec<u8> {
    (0..100_000_u32).flat_map(|number| number.to_le_bytes()).collect()
}

/// What was asked: the path, the first byte wanted, and who asked.
#[derive(Clone, Debug, PartialEq)]
struct Asked {
    path: String,
    from: u64,
    authorization: Option<String>,
}

/// How the server behaves.
#[derive(Clone, Copy)]
struct Manners {
    /// Of every answer, only so many bytes are sent.
    cut_after: usize,
    /// Whether parts of files are sent.
    ranges: bool,
}

const GOOD: Manners = Manners { cut_after: usize::MAX, ranges: true };

/// Answers on a port of its own until it is dropped.
struct Server {
    endpoint: String,
    asked: Arc<Mutex<Vec<Asked>>>,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    fn new(manners: Manners, files: &[(&str, Vec<u8>)]) -> Server {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let endpoint = format!("http://{}", listener.local_addr().expect("an address"));
        let asked = Arc::new(Mutex::new(Vec::new()));
        let files: Vec<_> = files.iter().map(|(path, contents)| ((*path).to_owned(), contents.clone())).collect();
        let told = Arc::clone(&asked);
        let thread = std::thread::spawn(move || {
            for stream in listener.incoming() {
                let stream = stream.expect("a connection");
                match question(&stream) {
                    Some(asked) => {
                        answer(stream, &asked, &files, manners);
                        told.lock().unwrap_or_else(PoisonError::into_inner).push(asked);
                    }
                    None => return,
                }
            }
        });
        Server { endpoint, asked, thread: Some(thread) }
    }

    fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // A connection that asks nothing ends it.
        let address = self.endpoint.trim_start_matches("http://").to_owned();
        drop(TcpStream::connect(address));
        if let Some(thread) = self.thread.take() {
            thread.join().expect("the server ends well");
        }
    }
}

fn question(stream: &TcpStream) -> Option<Asked> {
    let mut lines = BufReader::new(stream).lines().map_while(Result::ok).take_while(|line| !line.is_empty());
    let path = lines.next()?.split(' ').nth(1)?.to_owned();
    let mut asked = Asked { path, from: 0, authorization: None };
    for line in lines {
        let (name, value) = line.split_once(": ").expect("a header");
        match name.to_ascii_lowercase().as_str() {
            "range" => {
                let from = value.strip_prefix("bytes=").and_then(|range| range.strip_suffix('-'));
                asked.from = from.and_then(|from| from.parse().ok()).expect("a range with an open end");
            }
            "authorization" => asked.authorization = Some(value.to_owned()),
            _ => {}
        }
    }
    Some(asked)
}

fn answer(mut stream: TcpStream, asked: &Asked, files: &[(String, Vec<u8>)], manners: Manners) {
    let Some((_, contents)) = files.iter().find(|(path, _)| *path == asked.path) else {
        let _ = stream.write_all(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
        return;
    };
    let from = if manners.ranges { asked.from as usize } else { 0 };
    let body = &contents[from..];
    let status = match from {
        0 => "HTTP/1.1 200 OK".to_owned(),
        _ => {
            let total = contents.len();
            format!("HTTP/1.1 206 Partial Content\r\nContent-Range: bytes {from}-{}/{total}", total - 1)
        }
    };
    let head = format!("{status}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", body.len());
    // The client may have gone.
    let _ = stream.write_all(head.as_bytes());
    let _ = stream.write_all(&body[..manners.cut_after.min(body.len())]);
}

/// A store, and a model of a hub with weights in a folder of the repository and a vocabulary.
struct Bench {
    _folder: TempDir,
    store: ModelStore,
}

impl Bench {
    fn new() -> Bench {
        let folder = TempDir::new().expect("a temporary folder");
        let manifest = format!(
            r#"
            schema = "voiceman.models/1"
            [[model]]
            name = "toy"
            role = "stt"
            about = "a toy"
            version = "1"
            licence = "MIT"
            languages = ["en"]
            precisions = ["float32"]
            weights = "model.bin"
            [model.hub]
            repository = "someone/toy"
            revision = "{COMMIT}"
            [[model.file]]
            name = "vocabulary.json"
            bytes = {}
            sha256 = "{}"
            [[model.file]]
            name = "model.bin"
            bytes = {}
            sha256 = "{}"
            members = ["float16/model.bin"]
            "#,
            VOCABULARY.len(),
            Digest::of(VOCABULARY),
            weights().len(),
            Digest::of(&weights()),
        );
        let manifest = Manifest::parse(&manifest).expect("the toy manifest is well formed");
        let store = ModelStore::with_manifest(Some(&folder.path().join("home")), manifest).expect("a store opens");
        Bench { _folder: folder, store }
    }

    fn pull(&self, hub: &Hub) -> Result<(), StoreError> {
        self.store.pull_through(&Pip, hub, &["toy"], None, &mut |_, _| {})
    }

    fn weights_on_disk(&self) -> Vec<u8> {
        fs::read(self.store.path("toy", "model.bin").expect("the model is here")).expect("it can be read")
    }
}

fn address(path: &str) -> String {
    format!("/someone/toy/resolve/{COMMIT}/{path}")
}

fn files(weights: Vec<u8>) -> Vec<(String, Vec<u8>)> {
    vec![(address("vocabulary.json"), VOCABULARY.to_vec()), (address("float16/model.bin"), weights)]
}

fn serve(manners: Manners, files: &[(String, Vec<u8>)]) -> Server {
    let files: Vec<_> = files.iter().map(|(path, contents)| (path.as_str(), contents.clone())).collect();
    Server::new(manners, &files)
}

#[test]
fn files_are_fetched_at_the_commit_and_not_twice() {
    let (bench, server) = (Bench::new(), serve(GOOD, &files(weights())));
    let hub = Hub::at(&server.endpoint, Some("hf_secret\"\\"));
    let mut steps = Vec::new();
    let mut note = |_: &str, step: PullStep<'_>| steps.push(format!("{step:?}"));
    bench.store.pull_through(&Pip, &hub, &["toy"], None, &mut note).expect("the pull succeeds");
    assert!(steps[0].contains("vocabulary.json") && steps[0].contains("someone/toy"), "{steps:?}");
    assert_eq!(bench.weights_on_disk(), weights());
    bench.store.verify("toy").expect("it verifies");
    assert!(!bench.store.home().join("incoming").exists());
    let asked = server.asked();
    assert_eq!(
        asked.iter().map(|asked| asked.path.as_str()).collect::<Vec<_>>(),
        [address("vocabulary.json"), address("float16/model.bin")]
    );
    assert!(asked.iter().all(|asked| asked.authorization.as_deref() == Some("Bearer hf_secret\"\\")));
    bench.pull(&hub).expect("all is here");
    assert_eq!(server.asked().len(), 2);
}

#[test]
fn something_else_than_promised_is_refused_and_not_kept() {
    let mut other = weights();
    other[200_000] ^= 1;
    let longer = [weights(), vec![0; 1_000_000]].concat();
    let shorter = weights()[..weights().len() - 1].to_vec();
    for contents in [other, longer, shorter] {
        let (bench, server) = (Bench::new(), serve(GOOD, &files(contents)));
        let error = bench.pull(&Hub::at(&server.endpoint, None)).expect_err("these are not the weights");
        assert_eq!(error.kind(), StoreErrorKind::WrongDigest, "{error}");
        assert!(error.to_string().contains(&Digest::of(&weights()).to_string()), "{error}");
        assert!(bench.store.path("toy", "model.bin").is_err());
        drop(server);
        let server = serve(GOOD, &files(weights()));
        bench.pull(&Hub::at(&server.endpoint, None)).expect("the next pull succeeds");
        assert!(server.asked().iter().all(|asked| asked.from == 0), "nothing of it was gone on with");
    }
}

#[test]
fn what_the_hub_does_not_have_is_named_with_what_to_do() {
    let (bench, server) = (Bench::new(), serve(GOOD, &files(weights())[..1]));
    let error = bench.pull(&Hub::at(&server.endpoint, None)).expect_err("the weights are not there");
    assert_eq!(error.kind(), StoreErrorKind::Source);
    let text = error.to_string();
    assert!(text.contains("model.bin of someone/toy") && text.contains(COMMIT) && text.contains("404"), "{text}");
    assert!(error.hint().is_some_and(|hint| hint.contains("--from PATH")));
}

#[test]
fn a_hub_that_cannot_be_reached_is_an_error_with_a_way_out() {
    let bench = Bench::new();
    let gone = serve(GOOD, &[]).endpoint.clone();
    let error = bench.pull(&Hub::at(&gone, None)).expect_err("nobody answers");
    assert_eq!(error.kind(), StoreErrorKind::Source);
    assert!(error.to_string().contains("vocabulary.json of someone/toy"), "{error}");
    assert!(error.hint().is_some_and(|hint| hint.contains("HF_ENDPOINT") && hint.contains("--from PATH")));
    let error = bench.pull(&Hub::default()).expect_err("nobody knows where it is");
    assert_eq!(
        (error.kind(), error.to_string().as_str()),
        (StoreErrorKind::Source, "find the model hub that has someone/toy")
    );
    assert!(error.hint().is_some_and(|hint| hint.contains("HF_ENDPOINT") && hint.contains("--from PATH")));
}

#[test]
fn a_transfer_that_is_cut_again_and_again_is_gone_on_with() {
    let (bench, server) = (Bench::new(), serve(Manners { cut_after: 150_000, ranges: true }, &files(weights())));
    bench.pull(&Hub::at(&server.endpoint, None)).expect("the pull succeeds");
    assert_eq!(bench.weights_on_disk(), weights());
    let from: Vec<u64> = server.asked().iter().skip(1).map(|asked| asked.from).collect();
    assert_eq!(from, [0, 150_000, 300_000]);
}

#[test]
fn a_hub_that_sends_no_parts_is_asked_for_the_whole() {
    let bench = Bench::new();
    let model = &bench.store.manifest().models()[0];
    let incoming = bench.store.home().join("incoming");
    fs::create_dir_all(&incoming).expect("a folder");
    let part = part_of(&incoming, model.file("model.bin").expect("it has weights"));
    fs::write(part, &weights()[..1_000]).expect("a beginning");
    let server = serve(Manners { cut_after: usize::MAX, ranges: false }, &files(weights()));
    bench.pull(&Hub::at(&server.endpoint, None)).expect("the pull succeeds");
    assert_eq!(bench.weights_on_disk(), weights());
    assert_eq!(server.asked().iter().map(|asked| asked.from).collect::<Vec<_>>(), [0, 1_000, 0]);
}

#[test]
fn the_next_pull_goes_on_where_the_last_one_stopped() {
    let bench = Bench::new();
    // Every transfer brings nothing after the first one.
    let server = serve(Manners { cut_after: 5, ranges: false }, &files(weights()));
    let error = bench.pull(&Hub::at(&server.endpoint, None)).expect_err("it never gets on");
    assert_eq!(error.kind(), StoreErrorKind::Source, "{error}");
    drop(server);
    let incoming = bench.store.home().join("incoming");
    let part = part_of(&incoming, bench.store.manifest().models()[0].file("model.bin").expect("it has weights"));
    fs::write(&part, &weights()[..250_000]).expect("a beginning");
    fs::write(incoming.join("left by another"), b"x").expect("a leftover");
    let server = serve(GOOD, &files(weights()));
    bench.pull(&Hub::at(&server.endpoint, None)).expect("the next pull succeeds");
    assert_eq!(bench.weights_on_disk(), weights());
    assert_eq!(server.asked().last().map(|asked| asked.from), Some(250_000));
    assert!(!incoming.exists());
}

#[test]
fn a_beginning_that_came_from_elsewhere_is_thrown_away() {
    let bench = Bench::new();
    let incoming = bench.store.home().join("incoming");
    fs::create_dir_all(&incoming).expect("a folder");
    let file = bench.store.manifest().models()[0].file("model.bin").expect("it has weights").clone();
    for beginning in [vec![7; 1_000], vec![7; weights().len()], vec![7; weights().len() + 1]] {
        fs::create_dir_all(&incoming).expect("a folder");
        fs::write(part_of(&incoming, &file), beginning).expect("a beginning");
        let server = serve(GOOD, &files(weights()));
        bench.pull(&Hub::at(&server.endpoint, None)).expect("the pull succeeds");
        assert_eq!(bench.weights_on_disk(), weights());
        fs::remove_dir_all(bench.store.home()).expect("a test may remove its folder");
    }
}

#[test]
fn files_of_a_hub_are_taken_from_a_folder_instead() {
    let bench = Bench::new();
    let given = TempDir::new().expect("a temporary folder");
    fs::write(given.path().join("vocabulary.json"), VOCABULARY).expect("a file");
    let pull = || bench.store.pull_through(&Pip, &Hub::default(), &["toy"], Some(given.path()), &mut |_, _| {});
    let error = pull().expect_err("the weights are missing");
    assert!(error.to_string().contains("`model.bin`"), "{error}");
    fs::write(given.path().join("model.bin"), weights()).expect("a file");
    pull().expect("all is there");
    assert_eq!(bench.weights_on_disk(), weights());
}
