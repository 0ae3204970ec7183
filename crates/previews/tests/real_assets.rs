//! Assets of engines and archives that other programs wrote, out of published packages.

mod support;

use mudlark_previews::Media;
use support::looks::read;
use support::packages;

#[test]
fn packages_of_seventeen_versions_of_an_engine_tell_what_they_are_and_refer_to() {
    let folder = packages::rust("uasset", "0.1.0").join("assets");
    let mut versions = Vec::new();
    for minor in 10..=26 {
        let preview = read(&folder.join(format!("UE4{minor}/SimpleRefs/SimpleRefsRoot.uasset")), None);
        let facts = preview.facts;
        assert_eq!((facts.format.as_deref(), facts.media), (Some("uasset"), Some(Media::Asset)));
        assert_eq!(facts.asset_class.as_deref(), Some("Blueprint"), "4.{minor}");
        for referred in ["/Game/SimpleRefs/SimpleRefsDefaultsRef", "/Game/SimpleRefs/SimpleRefsGraphRef"] {
            assert!(facts.imports.iter().any(|import| import == referred), "4.{minor}: {:?}", facts.imports);
        }
        versions.push(facts.engine_version.unwrap_or_default());
    }
    let are_as_named =
        versions.iter().zip(10..).all(|(version, minor)| version.starts_with(&format!("4.{minor}.")));
    assert!(are_as_named, "{versions:?}");
}

#[test]
fn archives_of_each_program_list_what_is_in_them() {
    let folder = packages::rust("rawzip", "0.5.2").join("assets");
    for (file, names) in [
        ("time-7zip.zip", &["test.txt"][..]),
        ("time-infozip.zip", &["test.txt"]),
        ("time-osx.zip", &["test.txt"]),
        ("winxp.zip", &["hello", "dir/bar", "dir/empty/", "readonly"]),
        ("zip64.zip", &["README"]),
        ("aes256.zip", &["test.txt"]),
    ] {
        let preview = read(&folder.join(file), None);
        let facts = preview.facts;
        assert_eq!((facts.format.as_deref(), facts.media), (Some("zip"), Some(Media::Archive)));
        assert_eq!(facts.names, names, "{file}");
        assert_eq!(facts.entries, u64::try_from(names.len()).ok());
        assert!(preview.picture.is_some());
    }
}
