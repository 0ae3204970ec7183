//! The light on a place of a triangle, and how it comes to the screen.
//!
//! Surfaces are those of glTF: a base colour that scatters, and a coat that mirrors by roughness (GGX, with the approximations of
//! Karis and Schlick). Three lights move with the camera: the key from the upper left, which throws a shadow, a cool fill from
//! the right, and a rim from behind; the sky does not move.

use std::sync::LazyLock;

use glam::{Vec2, Vec3};

use super::Stage;
use super::camera::Camera;
use super::depth::DepthMap;
use super::raster::{Corner, Weights};
use crate::models::scene::{Map, Material, Triangle, Vertex};

/// A light from far away.
struct Lamp {
    direction: Vec3,
    color: Vec3,
}

/// The light of one view.
pub(super) struct Light<'a> {
    stage: &'a Stage<'a>,
    eye: Vec3,
    up: Vec3,
    key: Lamp,
    others: [Lamp; 2],
    shadow: DepthMap,
    /// From one pixel to the next. *Units*: samples.
    step: f32,
    clay: Material,
}

/// A place of a triangle.
struct Place<'a> {
    triangle: Triangle,
    /// How much each of its corners counts.
    counts: [f32; 3],
    material: &'a Material,
    position: Vec3,
    /// Whether its triangle is as fine as the sky's maps.
    is_fine: bool,
    /// Whether it is seen from behind, by the normals of its corners.
    is_flipped: bool,
    /// Towards the eye's side of the triangle, as is the normal.
    facing: Vec3,
    normal: Vec3,
    uv: Vec2,
    /// How far a pixel reaches on the texture, across and down.
    reach: [Vec2; 2],
    color: [f32; 4],
}

impl<'a> Light<'a> {
    pub(super) fn of(stage: &'a Stage<'a>, camera: &Camera, side: u32, step: f32) -> Self {
        let back = -camera.forward;
        let from = |right: f32, up: f32, towards: f32| {
            (camera.right * right + camera.up * up + back * towards).normalize()
        };
        let lamp = |direction, color: [f32; 3]| Lamp { direction, color: Vec3::from_array(color) };
        let key = lamp(from(-0.50, 0.78, 0.68), [1.92, 1.86, 1.77]);
        let fill = lamp(from(0.85, 0.15, 0.45), [0.42, 0.46, 0.52]);
        let rim = lamp(from(0.45, 0.65, -0.85), [0.95, 1.0, 1.08]);
        let shadow = DepthMap::towards(key.direction, (side * 2).min(1536), stage.scene, &stage.positions);
        let clay = Material::default();
        Self { stage, eye: camera.eye, up: camera.up, key, others: [fill, rim], shadow, step, clay }
    }

    fn material(&self, triangle: Triangle) -> &Material {
        self.stage.scene.materials.get(triangle.material as usize).unwrap_or(&self.clay)
    }

    /// The alpha of a triangle at a place on the picture.
    pub(super) fn alpha(&self, triangle: u32, corners: &[Corner; 3], (x, y): (f32, f32)) -> f32 {
        let triangle = self.stage.scene.triangles[triangle as usize];
        let material = self.material(triangle);
        let vertices = triangle.vertices.map(|vertex| &self.stage.scene.vertices[vertex as usize]);
        let Some(counts) = Weights::of(corners).map(|weights| true_counts(weights.at(x, y), corners)) else {
            return 1.0;
        };
        let alpha =
            counts.into_iter().zip(vertices).map(|(count, vertex)| count * f32::from(vertex.color[3]));
        let uv = mixed(counts, vertices, |vertex| vertex.uv);
        let mapped = material.base_color_map.map_or(255.0, |map| self.sample(map, uv, [Vec2::ZERO; 2])[3]);
        material.base_color[3] * alpha.sum::<f32>() / 255.0 * mapped / 255.0
    }

    /// The colour of a triangle at a place on the picture: red, green and blue for the screen, linear, and alpha.
    pub(super) fn on(&self, triangle: u32, corners: &[Corner; 3], x: f32, y: f32) -> [f32; 4] {
        let Some(place) = self.place(triangle, corners, x, y) else { return [0.0; 4] };
        let material = place.material;
        let mut base = place.color;
        if let Some(map) = material.base_color_map {
            let texel = self.sample(map, place.uv, place.reach);
            (0..3).for_each(|channel| base[channel] *= linear(texel[channel]));
            base[3] *= texel[3] / 255.0;
        }
        let color = Vec3::new(base[0], base[1], base[2]);
        if material.is_unlit {
            return color.extend(base[3]).to_array();
        }
        let (mut metallic, mut roughness) = (material.metallic, material.roughness);
        if let Some(map) = material.metallic_roughness_map {
            let texel = self.sample(map, place.uv, place.reach);
            (roughness, metallic) = (roughness * texel[1] / 255.0, metallic * texel[2] / 255.0);
        }
        let normal = self.bumped(&place);
        let mut light = self.lit(&place, normal, color, metallic.clamp(0.0, 1.0), roughness.clamp(0.08, 1.0));
        let mut emissive = Vec3::from_array(material.emissive);
        if let Some(map) = material.emissive_map.filter(|_| emissive != Vec3::ZERO) {
            let texel = self.sample(map, place.uv, place.reach);
            emissive *= Vec3::new(linear(texel[0]), linear(texel[1]), linear(texel[2]));
        }
        light += emissive;
        on_screen(light).extend(base[3].clamp(0.0, 1.0)).to_array()
    }

    fn place(&self, index: u32, corners: &[Corner; 3], x: f32, y: f32) -> Option<Place<'_>> {
        let triangle = self.stage.scene.triangles[index as usize];
        let weights = Weights::of(corners)?;
        let within = weights.at(x, y).map(|weight| weight.clamp(0.0, 1.0));
        let counts = true_counts(within, corners);
        let vertices = triangle.vertices.map(|vertex| &self.stage.scene.vertices[vertex as usize]);
        let positions = triangle.vertices.map(|vertex| self.stage.positions[vertex as usize]);
        let [low, high] = [Vec3::min, Vec3::max]
            .map(|of: fn(Vec3, Vec3) -> Vec3| of(of(positions[0], positions[1]), positions[2]));
        let is_fine = (high - low).max_element() < self.stage.sky.fine();
        let position = positions[0] * counts[0] + positions[1] * counts[1] + positions[2] * counts[2];
        let view = self.eye - position;
        let flat = (positions[1] - positions[0]).cross(positions[2] - positions[0]).normalize_or(view);
        let facing = if flat.dot(view) < 0.0 { -flat } else { flat };
        let smooth = mixed(counts, vertices, |vertex| vertex.normal).normalize_or(facing);
        let is_flipped = smooth.dot(facing) < 0.0;
        let normal = if is_flipped { -smooth } else { smooth };
        let material = self.material(triangle);
        let uv = mixed(counts, vertices, |vertex| vertex.uv);
        let beside =
            |x: f32, y: f32| mixed(true_counts(weights.at(x, y), corners), vertices, |vertex| vertex.uv) - uv;
        let has_maps = material.base_color_map.is_some() || material.normal_map.is_some();
        let reach =
            if has_maps { [beside(x + self.step, y), beside(x, y + self.step)] } else { [Vec2::ZERO; 2] };
        let tint = |channel: usize| -> f32 {
            let value = |vertex: &Vertex| match channel {
                3 => f32::from(vertex.color[3]) / 255.0,
                _ => linear(f32::from(vertex.color[channel])),
            };
            counts.into_iter().zip(vertices).map(|(count, vertex)| count * value(vertex)).sum()
        };
        let is_plain = vertices.iter().all(|vertex| vertex.color == [u8::MAX; 4]);
        let color = if is_plain {
            material.base_color
        } else {
            std::array::from_fn(|channel| material.base_color[channel] * tint(channel))
        };
        Some(Place {
            triangle,
            counts,
            material,
            position,
            is_fine,
            is_flipped,
            facing,
            normal,
            uv,
            reach,
            color,
        })
    }

    fn sample(&self, map: Map, uv: Vec2, reach: [Vec2; 2]) -> [f32; 4] {
        let Some(texture) = self.stage.scene.textures.get(map.texture) else { return [255.0; 4] };
        let [across, down] = reach.map(|reach| map.placed.transform_vector2(reach).abs().max_element());
        // Between the longer and the shorter: sharp on slopes without flickering.
        texture.sample(map.placed.transform_point2(uv), (across * down).sqrt())
    }

    /// The normal with that of the normal map on it.
    fn bumped(&self, place: &Place<'_>) -> Vec3 {
        let Some(map) = place.material.normal_map else { return place.normal };
        let [red, green, blue, _] = self.sample(map, place.uv, place.reach);
        let bump = Vec3::new(red, green, blue) / 127.5 - 1.0;
        // The tangents, from how the texture lies on the picture: its steps across and down are those of the position.
        let [across, down] = place.reach;
        let double = across.perp_dot(down);
        if double.abs() < 1e-20 {
            return place.normal;
        }
        let (right, below) = self.steps(place);
        let along = (right * down.y - below * across.y) / double;
        let against = (below * across.x - right * down.x) / double;
        let tangent = (along - place.normal * place.normal.dot(along)).normalize_or_zero();
        let side = place.normal.cross(tangent);
        // Green is up, the texture's rows go down.
        let side = if side.dot(against) > 0.0 { -side } else { side };
        let scale = place.material.normal_scale;
        let bumped = tangent * bump.x * scale + side * bump.y * scale + place.normal * bump.z.max(0.05);
        bumped.normalize_or(place.normal)
    }

    /// Steps on the plane of a place that go one pixel across and one down; their length is of no matter, but both have the same.
    fn steps(&self, place: &Place<'_>) -> (Vec3, Vec3) {
        let view = (place.position - self.eye).normalize_or(Vec3::NEG_Z);
        let right = view.cross(self.up).normalize_or(Vec3::X);
        let below = view.cross(right).normalize_or(Vec3::NEG_Y);
        // Along the view onto the plane.
        let onto = |step: Vec3| step - view * (step.dot(place.facing) / view.dot(place.facing).min(-0.02));
        (onto(right), onto(below))
    }

    fn lit(&self, place: &Place<'_>, normal: Vec3, color: Vec3, metallic: f32, roughness: f32) -> Vec3 {
        let view = (self.eye - place.position).normalize_or(Vec3::Z);
        let mirrored = Vec3::splat(0.04).lerp(color, metallic);
        let scattered = color * (1.0 - metallic);
        let seen = normal.dot(view).clamp(0.05, 1.0);

        let sky = self.sky(place);
        let open = (sky * 1.4).clamp(0.15, 1.0);
        let above = 0.5 + 0.5 * normal.y;
        // What the floor throws back.
        let bounce = Vec3::new(0.20, 0.19, 0.18) * (1.0 - above) * (0.4 + 0.6 * open);
        let mut light = scattered * (Vec3::new(0.78, 0.80, 0.84) * sky * (0.75 + 0.25 * above) + bounce);
        light += self.reflected(normal, view, mirrored, roughness, seen) * open;

        let bias = self.shadow.square() * 2.5;
        // By the corners' normals alone, light would come through a large triangle that is turned from it.
        let is_turned = !place.is_fine && place.facing.dot(self.key.direction) <= 0.0;
        if normal.dot(self.key.direction) > 0.0 && !is_turned {
            let shade = self.shadow.soft_light(place.position + place.facing * bias, bias);
            light += brdf(&self.key, normal, view, scattered, mirrored, roughness) * shade;
        }
        for lamp in &self.others {
            if normal.dot(lamp.direction) > 0.0 {
                light += brdf(lamp, normal, view, scattered, mirrored, roughness) * open;
            }
        }
        light
    }

    /// How much of the sky's light comes to a place. Where a triangle is as fine as the sky's maps, it is reckoned at the corners.
    fn sky(&self, place: &Place<'_>) -> f32 {
        let corners = place.triangle.vertices;
        if place.is_flipped || !place.is_fine {
            return self.stage.sky.light(place.position, place.normal);
        }
        place.counts.into_iter().zip(corners).map(|(count, vertex)| count * self.stage.sky_at(vertex)).sum()
    }

    /// The room in the mirror of a surface.
    fn reflected(&self, normal: Vec3, view: Vec3, mirrored: Vec3, roughness: f32, seen: f32) -> Vec3 {
        let towards = normal * (2.0 * normal.dot(view)) - view;
        let blur = 0.12 + roughness * 0.9;
        let step = |edge: f32, value: f32| ((value - edge) / blur * 0.5 + 0.5).clamp(0.0, 1.0);
        let sky = Vec3::new(0.50, 0.52, 0.56).lerp(Vec3::new(0.95, 0.97, 1.0), step(0.35, towards.y));
        let floor = Vec3::new(0.17, 0.165, 0.16);
        let mut room = floor.lerp(sky, step(-0.05, towards.y));
        let strip = |lamp: &Lamp, size: f32| step(size, towards.dot(lamp.direction)) * (1.0 - roughness);
        room += self.key.color * strip(&self.key, 0.86) * 0.9;
        room += self.others[0].color * strip(&self.others[0], 0.80) * 1.6;
        room += self.others[1].color * strip(&self.others[1], 0.80) * 0.9;
        // Karis, "Physically based shading on mobile".
        let [a, b, c, d] = [
            1.0 - roughness,
            0.0425 - 0.0275 * roughness,
            1.04 - 0.572 * roughness,
            0.022 * roughness - 0.04,
        ];
        let bent = (a * a).min((-9.28 * seen).exp2()) * a + b;
        room * (mirrored * (-1.04 * bent + c) + (1.04 * bent + d).max(0.0))
    }
}

fn brdf(lamp: &Lamp, normal: Vec3, view: Vec3, scattered: Vec3, mirrored: Vec3, roughness: f32) -> Vec3 {
    let half = (lamp.direction + view).normalize_or(normal);
    let facing = normal.dot(lamp.direction).clamp(0.0, 1.0);
    let seen = normal.dot(view).clamp(0.05, 1.0);
    let alpha = (roughness * roughness).powi(2);
    let peak = normal.dot(half).clamp(0.0, 1.0).powi(2) * (alpha - 1.0) + 1.0;
    let spread = alpha / (peak * peak).max(1e-6);
    let k = (roughness + 1.0).powi(2) / 8.0;
    let hidden = 4.0 * (facing * (1.0 - k) + k) * (seen * (1.0 - k) + k);
    let fresnel = mirrored + (Vec3::ONE - mirrored) * (1.0 - view.dot(half).clamp(0.0, 1.0)).powi(5);
    // Lights are given in units in which a white surface that faces them is as bright as they are: pi cancels out.
    (scattered + fresnel * (spread / hidden).min(24.0)) * lamp.color * facing
}

/// From proportions on the picture to those on the triangle: what is farther away has more in a pixel.
fn true_counts(weights: [f32; 3], corners: &[Corner; 3]) -> [f32; 3] {
    let near: [f32; 3] = std::array::from_fn(|corner| weights[corner] * corners[corner][2]);
    let sum = near.iter().sum::<f32>();
    if sum.abs() < 1e-12 { [1.0, 0.0, 0.0] } else { near.map(|near| near / sum) }
}

fn mixed<T>(counts: [f32; 3], vertices: [&Vertex; 3], value: impl Fn(&Vertex) -> T) -> T
where
    T: std::ops::Mul<f32, Output = T> + std::ops::Add<Output = T>,
{
    value(vertices[0]) * counts[0] + value(vertices[1]) * counts[1] + value(vertices[2]) * counts[2]
}

/// From 0 to 255 as in sRGB to linear.
fn linear(value: f32) -> f32 {
    static TABLE: LazyLock<[f32; 257]> = LazyLock::new(|| {
        std::array::from_fn(|index| {
            let value = index as f32 / 255.0;
            if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
        })
    });
    let value = value.clamp(0.0, 255.0);
    let (below, between) = (value as usize, value.fract());
    TABLE[below] + (TABLE[below + 1] - TABLE[below]) * between
}

/// A pixel of the screen.
pub(crate) fn to_srgb(color: Vec3) -> [u8; 4] {
    let [red, green, blue] = color.to_array().map(|value| {
        let value = value.clamp(0.0, 1.0);
        let value = if value <= 0.003_130_8 { value * 12.92 } else { 1.055 * value.powf(1.0 / 2.4) - 0.055 };
        (value * 255.0 + 0.5) as u8
    });
    [red, green, blue, u8::MAX]
}

/// Brings light to the range of a screen, and leaves base colours as their artist chose them: the tone mapper of Khronos, "PBR
/// Neutral".
fn on_screen(light: Vec3) -> Vec3 {
    let start = 0.8 - 0.04;
    let low = light.min_element();
    let offset = if low < 0.08 { low - 6.25 * low * low } else { 0.04 };
    let light = light - offset;
    let peak = light.max_element();
    if peak < start {
        return light.max(Vec3::ZERO);
    }
    let room = 1.0 - start;
    let new_peak = 1.0 - room * room / (peak + room - start);
    let light = light * (new_peak / peak);
    let gray = 1.0 - 1.0 / (0.15 * (peak - new_peak) + 1.0);
    light.lerp(Vec3::splat(new_peak), gray)
}

/// What is behind the model, linear, at a place from 0 to 1 across and down: a plain wall that the light falls off on, and on the
/// floor the model's shadow.
pub(super) fn backdrop(stage: &Stage<'_>, camera: &Camera, across: f32, down: f32) -> Vec3 {
    let (x, y) = (across - 0.5, down - 0.44);
    let far = ((x * x + y * y).sqrt() / 0.72).min(1.0);
    let fall = far * far * (3.0 - 2.0 * far);
    let wall = Vec3::new(0.52, 0.53, 0.545).lerp(Vec3::new(0.215, 0.222, 0.235), fall);
    let ray = camera.ray(across, down, 1.0);
    if ray.y > -1e-4 {
        return wall;
    }
    let floor = camera.eye + ray * ((stage.floor - camera.eye.y) / ray.y);
    let light = stage.sky.light_on_floor(floor.x, floor.z);
    wall * (0.22 + 0.78 * light)
}
