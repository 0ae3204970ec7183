//! Previews: pictures beside `vipsthumbnail` on the same files, a model's time, a worker's memory, and what requests feel of it.

use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use serde_json::json;

use crate::api::Api;
use crate::client::Load;
use crate::program::text;
use crate::report::{Figure, Round, Verdict, median};
use crate::run::{Run, settle};

/// Pictures of each format, and how large they are: 24 megapixels.
const PICTURES: usize = 10;
const WIDTH: usize = 6000;
const HEIGHT: usize = 4000;
/// The formats, how `vips` writes them, and how fast ours must be beside it.
const FORMATS: [(&str, &str, f64); 3] = [
    ("jpg", "jpg[Q=90]", 1.0),
    ("png", "png[compression=6]", 1.0 / 1.2),
    ("tif", "tif[compression=lzw]", 1.0 / 1.2),
];
/// The rows and columns of squares of a model of 100,352 triangles, and what it may take. *Units*: seconds.
const SQUARES: usize = 224;
const MODEL_BOUND_S: f64 = 1.0;
/// The side of the layered picture and of the one of high range, and what a worker may take for one. *Units*: pixels; MiB.
const LARGE_SIDE: usize = 8192;
const MEMORY_BOUND_MIB: f64 = 512.0;
/// How much slower an asset may be answered while previews are made.
const SLOWER_BOUND: f64 = 3.0;
/// Clients that ask for assets then: fewer than fill the machine by themselves.
const CLIENTS: usize = 2;
/// How often each picture is uploaded for that, so that workers are at it for longer than a round takes.
const UPLOADS_OF_A_FILE: usize = 5;
const LONGEST_WAIT: Duration = Duration::from_mins(10);

/// All of it.
pub(crate) fn measure_previews(run: &mut Run<'_>) -> Result<()> {
    let folder = run.folder("previews")?;
    let has_vips =
        ["vips", "vipsthumbnail"].iter().all(|name| Command::new(name).arg("--version").output().is_ok());
    if has_vips {
        for (format, written, bound) in FORMATS {
            let pictures = pictures(&folder, format, written)?;
            settle()?;
            let figure = compare(run, &folder, format, &pictures, bound)?;
            run.report.figures.push(figure);
            if format == "jpg" {
                measure_requests(run, &folder, &pictures)?;
            }
            pictures.iter().try_for_each(std::fs::remove_file)?;
        }
    } else {
        let missing = "pictures: there is no `vips` and `vipsthumbnail` (Debian: libvips-tools)";
        run.report.not_measured.push(missing.to_owned());
    }
    measure_model(run, &folder)?;
    measure_memory(run, &folder, "psd", write_psd)?;
    measure_memory(run, &folder, "exr", write_exr)
}

/// Pictures with soft shapes and fine grain in three channels, each another.
fn pictures(folder: &Path, format: &str, written: &str) -> Result<Vec<PathBuf>> {
    let vips = |arguments: &[&str]| -> Result<()> {
        let status = Command::new("vips").args(arguments).current_dir(folder).status().context("vips")?;
        ensure!(status.success(), "vips {} failed", arguments.join(" "));
        Ok(())
    };
    let (width, height) = (WIDTH.to_string(), HEIGHT.to_string());
    let mut files = Vec::new();
    for number in 0..PICTURES {
        for channel in 0..3 {
            let seed = (number * 3 + channel + 1).to_string();
            vips(&["perlin", "soft.v", &width, &height, "--cell-size", "300", "--seed", &seed])?;
            vips(&[
                "gaussnoise",
                "grain.v",
                &width,
                &height,
                "--sigma",
                "4",
                "--mean",
                "128",
                "--seed",
                &seed,
            ])?;
            vips(&["linear", "soft.v", "shapes.v", "90", "0"])?;
            vips(&["add", "shapes.v", "grain.v", "sum.v"])?;
            vips(&["cast", "sum.v", &format!("{channel}.v"), "uchar"])?;
        }
        vips(&["bandjoin", "0.v 1.v 2.v", "all.v"])?;
        vips(&["copy", "all.v", "srgb.v", "--interpretation", "srgb"])?;
        vips(&["copy", "srgb.v", &format!("{number}.{written}")])?;
        files.push(folder.join(format!("{number}.{format}")));
    }
    Ok(files)
}

/// Ours and `vipsthumbnail` in turns, on all files at once.
fn compare(run: &Run<'_>, folder: &Path, format: &str, files: &[PathBuf], bound: f64) -> Result<Figure> {
    let out = folder.join("out");
    std::fs::create_dir_all(&out)?;
    let mut ours = Command::new(run.program.path());
    ours.arg("preview").args(files).args(["--size", "512", "-o"]).arg(&out);
    let mut theirs = Command::new("vipsthumbnail");
    theirs.args(files).args(["--size", "512x512", "-o"]).arg(out.join("%s.webp"));
    let mut rounds = Vec::new();
    // Not counted: it reads the files into memory.
    let _ = (files_a_second(&mut theirs)?, files_a_second(&mut ours)?);
    for number in 0..run.options.rounds {
        let is_first = number % 2 == 0;
        let first = if is_first { files_a_second(&mut ours)? } else { files_a_second(&mut theirs)? };
        let second = if is_first { files_a_second(&mut theirs)? } else { files_a_second(&mut ours)? };
        let (ours, reference) = if is_first { (first, second) } else { (second, first) };
        rounds.push(Round { ours, reference });
    }
    Ok(Figure {
        name: format!("{PICTURES} {format} of 24 megapixels to 512"),
        unit: "/s",
        reference_name: "vipsthumbnail".to_owned(),
        bound,
        rounds,
        details: Vec::new(),
    })
}

#[expect(clippy::cast_precision_loss, reason = "they are ten")]
fn files_a_second(command: &mut Command) -> Result<f64> {
    Ok(PICTURES as f64 / seconds(command)?)
}

fn seconds(command: &mut Command) -> Result<f64> {
    let begin = Instant::now();
    let status = command.stdout(Stdio::null()).stderr(Stdio::null()).status()?;
    ensure!(status.success(), "{command:?} failed");
    Ok(begin.elapsed().as_secs_f64())
}

/// What an asset's p99 is while the server's own workers make previews of pictures that were uploaded, and while they have nothing
/// to do.
fn measure_requests(run: &mut Run<'_>, folder: &Path, files: &[PathBuf]) -> Result<()> {
    let program = run.program.on(folder.join("data"));
    let credentials = program.set_up()?;
    let server = program.serve(run.children, &folder.join("previews.log"), &[])?;
    let api = Api::log_in(run.runtime, server.address, &credentials)?;
    let asset = api.ask(run.runtime, &api.small_asset_request("/", "asset.txt", b"asset"))?;
    for (number, file) in files.iter().flat_map(|file| [file; UPLOADS_OF_A_FILE]).enumerate() {
        // What follows its end makes it another content, whose preview is made by itself.
        let content = [std::fs::read(file)?, number.to_be_bytes().to_vec()].concat();
        api.ask(run.runtime, &api.small_asset_request("/", &format!("picture-{number}.jpg"), &content))?;
    }
    let request = api.asset_request(&text(&asset, "id")?);
    let load = Load { addresses: vec![server.address], requests: Arc::new(vec![request]), clients: CLIENTS };
    let length = Duration::from_secs_f64(run.options.seconds);
    let mut times = Vec::new();
    for _ in 0..run.options.rounds {
        wait_until(|| Ok(program.preview_jobs()?.is_empty()))?;
        let idle = run.runtime.block_on(load.run(length))?.latency_ms(99.0);
        program.rebuild_previews()?;
        wait_until(|| Ok(program.preview_jobs()?.iter().any(|job| job["state"] == "running")))?;
        let busy = run.runtime.block_on(load.run(length))?.latency_ms(99.0);
        let still_works = !program.preview_jobs()?.is_empty();
        ensure!(still_works, "the previews were made sooner than a round takes: give fewer --seconds");
        times.push((idle, busy));
    }
    drop(server);
    std::fs::remove_dir_all(folder.join("data"))?;
    let slower = median(times.iter().map(|(idle, busy)| busy / idle));
    let [idle, busy] = [median(times.iter().map(|it| it.0)), median(times.iter().map(|it| it.1))];
    run.report.verdicts.push(Verdict {
        name: format!("p99 of an asset's GET, {CLIENTS} clients, while previews are made"),
        found: format!("{busy:.2} ms, {idle:.2} ms without: {slower:.2} times"),
        bound: format!("below {SLOWER_BOUND} times"),
        holds: slower < SLOWER_BOUND,
    });
    Ok(())
}

/// Looks again and again until it is so, for some minutes.
fn wait_until(mut is_so: impl FnMut() -> Result<bool>) -> Result<()> {
    let begin = Instant::now();
    while !is_so()? {
        ensure!(begin.elapsed() < LONGEST_WAIT, "it did not come to pass in {LONGEST_WAIT:?}");
        std::thread::sleep(Duration::from_millis(100));
    }
    Ok(())
}

fn measure_model(run: &mut Run<'_>, folder: &Path) -> Result<()> {
    let file = folder.join("model.glb");
    write_model(&file)?;
    let mut command = Command::new(run.program.path());
    command.arg("preview").arg(&file).args(["--size", "512", "-o"]).arg(folder.join("model.png"));
    let mut taken = Vec::new();
    for _ in 0..run.options.rounds {
        taken.push(seconds(&mut command)?);
    }
    let taken = median(taken.into_iter());
    run.report.verdicts.push(Verdict {
        name: format!("GLB of {} triangles, with its sheet", SQUARES * SQUARES * 2),
        found: format!("{taken:.2} s"),
        bound: format!("below {MODEL_BOUND_S} s"),
        holds: taken < MODEL_BOUND_S,
    });
    Ok(())
}

/// A worker's peak memory on a picture that this writes.
fn measure_memory(
    run: &mut Run<'_>,
    folder: &Path,
    format: &str,
    write: impl Fn(&Path) -> Result<()>,
) -> Result<()> {
    let file = folder.join(format!("large.{format}"));
    write(&file)?;
    let mut worker = Command::new(run.program.path())
        .args(["preview-worker", "--side=2048", "--side=128"])
        .arg(format!("--file-name=large.{format}"))
        .stdin(File::open(&file)?)
        .stdout(Stdio::null())
        .spawn()?;
    let status = PathBuf::from(format!("/proc/{}/status", worker.id()));
    let mut most_kib = 0.0_f64;
    let ended = loop {
        let text = std::fs::read_to_string(&status).unwrap_or_default();
        let peak = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let peak = peak.and_then(|line| line.trim().trim_end_matches(" kB").parse().ok());
        most_kib = most_kib.max(peak.unwrap_or(0.0));
        if let Some(ended) = worker.try_wait()? {
            break ended;
        }
        std::thread::sleep(Duration::from_millis(2));
    };
    ensure!(ended.success(), "the worker ended with {ended}");
    std::fs::remove_file(file)?;
    let most = most_kib / 1024.0;
    run.report.verdicts.push(Verdict {
        name: format!("peak memory of a worker on {LARGE_SIDE} × {LARGE_SIDE} {format}, 16 bits"),
        found: format!("{most:.0} MiB"),
        bound: format!("below {MEMORY_BOUND_MIB} MiB"),
        holds: most > 0.0 && most < MEMORY_BOUND_MIB,
    });
    Ok(())
}

/// Three channels of 16 bits, as they are.
fn write_psd(file: &Path) -> Result<()> {
    let side = u32::try_from(LARGE_SIDE)?.to_be_bytes();
    let mut out = BufWriter::new(File::create(file)?);
    out.write_all(b"8BPS\0\x01\0\0\0\0\0\0\0\x03")?;
    out.write_all(&[side, side].concat())?;
    // 16 bits, RGB; no palette, no resources, no layers; not compressed.
    out.write_all(&[0, 16, 0, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0])?;
    let row: Vec<u8> =
        (0..LARGE_SIDE).flat_map(|x| u16::try_from(x * 7).unwrap_or(0).to_be_bytes()).collect();
    for _ in 0..LARGE_SIDE * 3 {
        out.write_all(&row)?;
    }
    Ok(out.flush()?)
}

/// Three channels of half floats, a row at a time, as they are.
fn write_exr(file: &Path) -> Result<()> {
    let last = u32::try_from(LARGE_SIDE - 1)?.to_le_bytes();
    let mut head = vec![0x76, 0x2f, 0x31, 0x01, 2, 0, 0, 0];
    let mut attribute = |name: &str, kind: &str, value: &[u8]| {
        let length = u32::try_from(value.len()).unwrap_or(0).to_le_bytes();
        head.extend([name.as_bytes(), b"\0", kind.as_bytes(), b"\0", &length, value].concat());
    };
    let channel = |name: &[u8]| [name, b"\0\x01\0\0\0\0\0\0\0\x01\0\0\0\x01\0\0\0"].concat();
    attribute("channels", "chlist", &[channel(b"B"), channel(b"G"), channel(b"R"), vec![0]].concat());
    attribute("compression", "compression", &[0]);
    let window = [[0; 4], [0; 4], last, last].concat();
    attribute("dataWindow", "box2i", &window);
    attribute("displayWindow", "box2i", &window);
    attribute("lineOrder", "lineOrder", &[0]);
    attribute("pixelAspectRatio", "float", &1.0_f32.to_le_bytes());
    attribute("screenWindowCenter", "v2f", &[0; 8]);
    attribute("screenWindowWidth", "float", &1.0_f32.to_le_bytes());
    head.push(0);
    let row_bytes = LARGE_SIDE * 3 * 2;
    let mut out = BufWriter::new(File::create(file)?);
    out.write_all(&head)?;
    let start = head.len() + LARGE_SIDE * 8;
    for row in 0..LARGE_SIDE {
        out.write_all(&u64::try_from(start + row * (row_bytes + 8))?.to_le_bytes())?;
    }
    // Of halves from 0.5 to 1.
    let pixels: Vec<u8> = (0..LARGE_SIDE * 3)
        .flat_map(|x| u16::try_from(0x3800 + x % 1024).unwrap_or(0).to_le_bytes())
        .collect();
    for row in 0..LARGE_SIDE {
        out.write_all(&u32::try_from(row)?.to_le_bytes())?;
        out.write_all(&u32::try_from(row_bytes)?.to_le_bytes())?;
        out.write_all(&pixels)?;
    }
    Ok(out.flush()?)
}

/// A sheet with waves in it.
#[expect(clippy::cast_precision_loss, reason = "they are small")]
fn write_model(file: &Path) -> Result<()> {
    let points = SQUARES + 1;
    let mut binary = Vec::new();
    for point in 0..points * points {
        let [x, z] = [point % points, point / points].map(|place| place as f32 / SQUARES as f32);
        for number in [x, 0.1 * (x * 20.0).sin() * (z * 15.0).cos(), z] {
            binary.extend(number.to_le_bytes());
        }
    }
    let positions = binary.len();
    for square in 0..SQUARES * SQUARES {
        let corner = square / SQUARES * points + square % SQUARES;
        for index in [corner, corner + points, corner + 1, corner + 1, corner + points, corner + points + 1] {
            binary.extend(u32::try_from(index)?.to_le_bytes());
        }
    }
    let indexes = binary.len() - positions;
    let document = json!({
        "asset": {"version": "2.0"}, "scene": 0, "scenes": [{"nodes": [0]}], "nodes": [{"mesh": 0}],
        "meshes": [{"primitives": [{"attributes": {"POSITION": 0}, "indices": 1}]}],
        "buffers": [{"byteLength": binary.len()}],
        "bufferViews": [
            {"buffer": 0, "byteLength": positions},
            {"buffer": 0, "byteOffset": positions, "byteLength": indexes},
        ],
        "accessors": [
            {"bufferView": 0, "componentType": 5126, "count": points * points, "type": "VEC3",
             "min": [0, -0.1, 0], "max": [1, 0.1, 1]},
            {"bufferView": 1, "componentType": 5125, "count": indexes / 4, "type": "SCALAR"},
        ],
    });
    let mut document = document.to_string();
    while !document.len().is_multiple_of(4) {
        document.push(' ');
    }
    let length = |bytes: usize| u32::try_from(bytes).unwrap_or(u32::MAX).to_le_bytes();
    let mut out = BufWriter::new(File::create(file)?);
    out.write_all(b"glTF\x02\0\0\0")?;
    out.write_all(&length(28 + document.len() + binary.len()))?;
    out.write_all(&[&length(document.len()), b"JSON".as_slice(), document.as_bytes()].concat())?;
    out.write_all(&[&length(binary.len()), b"BIN\0".as_slice(), &binary].concat())?;
    Ok(out.flush()?)
}
