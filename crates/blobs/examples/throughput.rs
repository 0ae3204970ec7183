//! Upload and download speed of the store over a loopback socket, beside the least that could do the same: a task
//! that writes what it receives and flushes, and `sendfile`. Run in release mode on the disk in question:
//!
//! `cargo run --release -p mudlark-blobs --example throughput -- /some/folder 1024`
//!
//! The second argument is the size in MiB. Every line is one run; the first ones warm the disk.

use std::error::Error;
use std::io::{Read, Write};
use std::path::Path;
use std::time::Instant;

use bytes::BytesMut;
use futures_util::TryStreamExt;
use mudlark_blobs::{BlobKey, Blobs};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use uuid::Uuid;

type Outcome<T = ()> = Result<T, Box<dyn Error + Send + Sync>>;

const MIB: usize = 1024 * 1024;
const RUNS: usize = 5;

#[tokio::main]
async fn main() -> Outcome {
    let mut arguments = std::env::args().skip(1);
    let folder = tempfile::tempdir_in(arguments.next().unwrap_or_else(|| ".".to_owned()))?;
    let size_mib: usize = arguments.next().map_or(Ok(1024), |text| text.parse())?;
    let blobs = Blobs::open_disk(folder.path())?;
    let scope = Uuid::now_v7();
    for _ in 0..RUNS {
        let started = Instant::now();
        receive_to_file(client_sending(size_mib).await?, &folder.path().join("plain")).await?;
        report("upload, plain file", size_mib, started);

        let started = Instant::now();
        let key = receive_to_blob(client_sending(size_mib).await?, &blobs, scope).await?;
        report("upload, blob", size_mib, started);

        let started = Instant::now();
        send_with_sendfile(client_receiving().await?, folder.path().join("plain")).await?;
        report("download, sendfile", size_mib, started);

        let started = Instant::now();
        send_blob(client_receiving().await?, &blobs, &key).await?;
        report("download, blob", size_mib, started);
    }
    Ok(())
}

fn report(what: &str, size_mib: usize, started: Instant) {
    let seconds = started.elapsed().as_secs_f64();
    println!(
        "{what:20} {seconds:7.3} s {:9.0} MiB/s",
        f64::from(u32::try_from(size_mib).unwrap_or(u32::MAX)) / seconds
    );
}

/// A connection whose other end, on its own thread, sends that many bytes and closes.
async fn client_sending(size_mib: usize) -> Outcome<TcpStream> {
    connect(move |mut client| {
        let chunk = vec![7; MIB];
        (0..size_mib).try_for_each(|_| client.write_all(&chunk))
    })
    .await
}

/// A connection whose other end reads until the close.
async fn client_receiving() -> Outcome<TcpStream> {
    connect(|mut client| {
        let mut buffer = vec![0; 256 * 1024];
        while client.read(&mut buffer)? > 0 {}
        Ok(())
    })
    .await
}

async fn connect(
    client: impl FnOnce(std::net::TcpStream) -> std::io::Result<()> + Send + 'static,
) -> Outcome<TcpStream> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    std::thread::spawn(move || std::net::TcpStream::connect(address).and_then(client));
    Ok(listener.accept().await?.0)
}

async fn receive(socket: &mut TcpStream, buffer: &mut BytesMut) -> Outcome<bool> {
    buffer.reserve(256 * 1024);
    Ok(socket.read_buf(buffer).await? > 0)
}

async fn receive_to_file(mut socket: TcpStream, path: &Path) -> Outcome {
    let mut file = tokio::fs::File::create(path).await?;
    file.set_max_buf_size(MIB);
    let mut buffer = BytesMut::new();
    while receive(&mut socket, &mut buffer).await? {
        file.write_all(&buffer.split()).await?;
    }
    file.flush().await?;
    Ok(file.sync_all().await?)
}

async fn receive_to_blob(mut socket: TcpStream, blobs: &Blobs, scope: Uuid) -> Outcome<BlobKey> {
    let mut writer = blobs.stage();
    let mut buffer = BytesMut::new();
    while receive(&mut socket, &mut buffer).await? {
        writer.write(buffer.split().freeze()).await?;
    }
    Ok(writer.finish().await?.publish(scope).await?)
}

async fn send_with_sendfile(socket: TcpStream, path: std::path::PathBuf) -> Outcome {
    let mut socket = socket.into_std()?;
    socket.set_nonblocking(false)?;
    // The standard library copies a file to a socket with `sendfile` on Linux.
    let copy = move || std::io::copy(&mut std::fs::File::open(path)?, &mut socket);
    tokio::task::spawn_blocking(copy).await??;
    Ok(())
}

async fn send_blob(mut socket: TcpStream, blobs: &Blobs, key: &BlobKey) -> Outcome {
    let size_bytes = blobs.size(key).await?.ok_or("the blob is gone")?;
    let mut stream = blobs.read(key, 0..size_bytes).await?;
    while let Some(chunk) = stream.try_next().await? {
        socket.write_all(&chunk).await?;
    }
    Ok(())
}
