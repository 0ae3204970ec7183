//! A layer that the tests write, as text and in an archive, and layers that are none.

use std::io::Write;

use super::*;

/// A square of two triangles, half a metre wide, with a material, turned and set aside; and what is not to be seen.
const SQUARE: &str = r#"#usda 1.0
(
    defaultPrim = "World"
    metersPerUnit = 0.5
    upAxis = "Z"
    doc = "A studio's tool 1.2"
)

def Xform "World"
{
    double3 xformOp:translate = (10, 0, 0)
    float3 xformOp:rotateXYZ = (90, 0, 0)
    uniform token[] xformOpOrder = ["xformOp:translate", "xformOp:rotateXYZ"]

    def Mesh "Square" (
        prepend apiSchemas = ["MaterialBindingAPI"]
    )
    {
        int[] faceVertexCounts = [4]
        int[] faceVertexIndices = [0, 1, 2, 3]
        point3f[] points = [(0, 0, 0), (1, 0, 0), (1, 2, 0), (0, 2, 0)]
        texCoord2f[] primvars:st = [(0, 0), (1, 0), (1, 1), (0, 1)] (
            interpolation = "faceVarying"
        )
        rel material:binding = </World/Paint>
    }

    def Sphere "Hidden"
    {
        token visibility = "invisible"
    }

    def Material "Paint"
    {
        token outputs:surface.connect = </World/Paint/Surface.outputs:surface>

        def Shader "Surface"
        {
            uniform token info:id = "UsdPreviewSurface"
            color3f inputs:diffuseColor = (0.1, 0.2, 0.3)
            float inputs:roughness.connect = </World/Paint.inputs:how>
            token outputs:surface
        }
        float inputs:how = 0.25
    }
}
"#;

fn walked(text: &str) -> Scene {
    let layer = Layer::read(text.as_bytes()).unwrap();
    let mut walk = Walk {
        layer: &layer,
        files: Files::Beside(Beside::new(None)),
        textures: Textures::default(),
        scene: Scene::default(),
        materials: HashMap::new(),
        meshes: 0,
        prims: 0,
    };
    walk.scene.add_material(crate::models::scene::Material::default());
    walk.all(&Path::abs_root()).unwrap();
    walk.scene
}

fn read_bytes(bytes: &[u8], name: &str) -> Result<Preview, PreviewError> {
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(bytes).unwrap();
    read(&mut Source::new(file, name).unwrap(), &Request { max_side: 16, beside: None })
}

#[test]
fn mesh_is_placed_and_has_its_material() {
    let scene = walked(SQUARE);
    assert_eq!((scene.vertices.len(), scene.triangles.len()), (4, 2));
    let (low, high) = scene.bounds().unwrap();
    // Turned to stand upright where Z is up, ten units aside; a unit is half a metre.
    assert!(low.distance(Vec3::new(5.0, 0.0, 0.0)) < 1e-5, "{low}");
    assert!(high.distance(Vec3::new(5.5, 1.0, 0.0)) < 1e-5, "{high}");
    assert!(scene.vertices[0].uv.distance(glam::Vec2::new(0.0, 1.0)) < 1e-6);
    let material = &scene.materials[scene.triangles[0].material as usize];
    assert_eq!((material.base_color, material.roughness), ([0.1, 0.2, 0.3, 1.0], 0.25));
}

#[test]
fn text_and_archive_of_it_tell_the_same_and_files_that_are_none_are_broken() {
    let facts = read_bytes(SQUARE.as_bytes(), "a.usda").unwrap().facts;
    assert_eq!((facts.triangles, facts.meshes, facts.materials), (Some(2), Some(1), Some(1)));
    assert_eq!((facts.size_unit.as_deref(), facts.has_uvs), (Some("m"), Some(true)));

    let mut zip = rawzip::ZipArchiveWriter::new(Vec::new());
    let (mut entry, config) = zip.new_file("square.usda").start().unwrap();
    let mut writer = config.wrap(&mut entry);
    writer.write_all(SQUARE.as_bytes()).unwrap();
    let (_, descriptor) = writer.finish().unwrap();
    entry.finish(descriptor).unwrap();
    let packed = zip.finish().unwrap();
    assert_eq!(read_bytes(&packed, "a.usdz").unwrap().facts.triangles, Some(2));

    let deep = format!("#usda 1.0\n{}", "def \"a\" {".repeat(100_000));
    let cut = &SQUARE.as_bytes()[..SQUARE.len() / 2];
    let binary = [BINARY, &[0, 3, 0, 0, 0, 0, 0, 0]].concat();
    let absurd = [BINARY, &[0, 8, 0, 0, 0, 0, 0, 0], &[0xff; 80]].concat();
    for bytes in [deep.as_bytes(), cut, &binary, &absurd, b"#usda 1.0\ndef", &packed[..packed.len() - 30]] {
        assert!(read_bytes(bytes, "a.usd").is_err());
    }
}
