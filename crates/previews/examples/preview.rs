//! Pictures a file and prints its facts and how long it took: `preview FILE OUT.png [SIDE]`. The sheet goes beside the picture.

use std::fs::File;
use std::path::Path;
use std::time::Instant;

use mudlark_previews::{Encoding, Request, Source, encode, fit, preview};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut args = std::env::args().skip(1);
    let (Some(file), Some(out)) = (args.next(), args.next()) else {
        return Err("call it as: preview FILE OUT.png [SIDE]".into());
    };
    let side = args.next().map_or(Ok(1024), |side| side.parse())?;
    let path = Path::new(&file);
    let start = Instant::now();
    let mut source = Source::new(File::open(path)?, &file)?;
    let seen = preview(&mut source, &Request { max_side: side, beside: path.parent() })?;
    println!("{} ms", start.elapsed().as_millis());
    println!("{}", serde_json::to_string(&seen.facts)?);
    if let Some(picture) = seen.picture {
        std::fs::write(&out, encode(&fit(&picture, side)?, Encoding::Png)?)?;
    }
    if let Some(sheet) = seen.sheet {
        std::fs::write(
            Path::new(&out).with_extension("sheet.png"),
            encode(&fit(&sheet, u32::MAX)?, Encoding::Png)?,
        )?;
    }
    Ok(())
}
