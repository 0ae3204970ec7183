//! Files of FBX and OBJ that are as they should not be.

use std::io::Write;

use super::*;

const TRIANGLE: &str = "mtllib none.mtl\nv 0 0 0\nv 1 0 0\nv 0 1 0\nvt 0 0\nusemtl red\nf 1/1 2/1 3/1\n";

fn read_bytes(bytes: &[u8], name: &str) -> Result<Preview, PreviewError> {
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(bytes).unwrap();
    crate::preview(&mut Source::new(file, name).unwrap(), &Request { max_side: 64, beside: None })
}

#[test]
fn obj_cut_short_is_seen_as_far_as_it_goes() {
    assert_eq!(read_bytes(TRIANGLE.as_bytes(), "a.obj").unwrap().facts.triangles, Some(1));
    for length in (0..TRIANGLE.len()).step_by(3) {
        if let Ok(preview) = read_bytes(&TRIANGLE.as_bytes()[..length], "a.obj") {
            assert!(preview.facts.triangles.unwrap_or(0) <= 1);
        }
    }
}

#[test]
fn faces_of_vertices_that_are_not_there_end() {
    for face in ["f 1 2 4000000000", "f -9 1 2", "f 1 2 99", "f 1/7/9 2/8/9 3/9/9", "f nan inf 1", "f"] {
        let text = TRIANGLE.replace("f 1/1 2/1 3/1", face);
        if let Ok(preview) = read_bytes(text.as_bytes(), "a.obj") {
            assert!(preview.facts.triangles.unwrap_or(0) <= 1, "{face}");
        }
    }
    let far = TRIANGLE.replace("v 1 0 0", "v 1e39 nan -inf");
    assert!(read_bytes(far.as_bytes(), "a.obj").is_ok_and(|preview| preview.picture.is_none()));
}

#[test]
fn fbx_that_is_only_a_beginning_is_broken() {
    let mut bytes = b"Kaydara FBX Binary  \0\x1a\0".to_vec();
    bytes.extend(7400_u32.to_le_bytes());
    // A node that tells of four billion values.
    let mut node = bytes.clone();
    node.extend([u32::MAX, u32::MAX, u32::MAX].into_iter().flat_map(u32::to_le_bytes));
    node.extend(b"\x07Objects");
    for file in [&bytes[..10], &bytes[..23], &node] {
        if let Ok(preview) = read_bytes(file, "a.fbx") {
            assert!(preview.picture.is_none());
        }
    }
    let deep = format!("; FBX 7.4.0 project file\n{}", "Objects: {\n".repeat(10_000));
    assert!(read_bytes(deep.as_bytes(), "a.fbx").is_err());
}

#[test]
fn obj_in_utf_16_is_seen_like_any_other() {
    let bytes = |mark: [u8; 2], unit: fn(u16) -> [u8; 2]| {
        [mark.to_vec(), TRIANGLE.encode_utf16().flat_map(unit).collect()].concat()
    };
    let marked = [b"\xef\xbb\xbf", TRIANGLE.as_bytes()].concat();
    for file in [bytes([0xff, 0xfe], u16::to_le_bytes), bytes([0xfe, 0xff], u16::to_be_bytes), marked] {
        let facts = read_bytes(&file, "a.obj").unwrap().facts;
        assert_eq!((facts.format.as_deref(), facts.triangles), (Some("obj"), Some(1)));
        assert_eq!(facts.missing, ["none.mtl"]);
    }
}

#[test]
fn maps_of_heights_are_missed_too_where_they_are_not_there() {
    let folder = tempfile::tempdir().unwrap();
    let materials =
        "newmtl red\nmap_Kd red.png\nmap_Bump -bm 0.5 heights.png\ndisp deep/displaced.png\nbump there.png\n";
    std::fs::write(folder.path().join("none.mtl"), materials).unwrap();
    std::fs::write(folder.path().join("there.png"), "no picture").unwrap();
    let path = folder.path().join("a.obj");
    std::fs::write(&path, TRIANGLE).unwrap();
    let mut source = Source::new(std::fs::File::open(path).unwrap(), "a.obj").unwrap();
    let request = Request { max_side: 64, beside: Some(folder.path()) };
    let facts = crate::preview(&mut source, &request).unwrap().facts;
    assert_eq!(facts.missing, ["deep/displaced.png", "heights.png", "red.png"]);
}

#[test]
fn materials_that_cannot_be_read_cost_no_picture() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("none.mtl"), "newmtl \nKd 1 0 0\n").unwrap();
    let path = folder.path().join("a.obj");
    std::fs::write(&path, TRIANGLE).unwrap();
    let mut source = Source::new(std::fs::File::open(path).unwrap(), "a.obj").unwrap();
    let request = Request { max_side: 64, beside: Some(folder.path()) };
    let preview = crate::preview(&mut source, &request).unwrap();
    assert!(preview.picture.is_some());
    assert_eq!(preview.facts.triangles, Some(1));
}
