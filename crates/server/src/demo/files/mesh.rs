//! Triangles: boxes with bevelled edges and cylinders, gathered into one mesh. Metres, `y` up, as glTF has it.
//! Used by `model`; knows nothing of files.

use std::f32::consts::TAU;

type Vec3 = [f32; 3];

/// Where the surface takes its colour from in the texture.
#[derive(Clone, Copy)]
pub(super) enum Skin {
    /// One point of the texture everywhere.
    Point([f32; 2]),
    /// The whole texture on each side of a box.
    EachSide,
}

/// A list of triangles with what a renderer needs at each corner.
#[derive(Default)]
pub(super) struct Mesh {
    pub(super) positions: Vec<Vec3>,
    pub(super) normals: Vec<Vec3>,
    pub(super) uvs: Vec<[f32; 2]>,
    pub(super) indices: Vec<u16>,
}

impl Mesh {
    /// Adds a box with edges cut off at `bevel` metres and shaded as if rounded.
    pub(super) fn block(&mut self, centre: Vec3, half: Vec3, bevel: f32, skin: Skin) {
        let first = self.positions.len() as u16;
        // Four corners for each of the six sides. A side is an axis and a sign; a corner has a sign on every axis.
        for axis in 0..3 {
            for corner in 0..8 {
                let sign = |along: usize| if corner >> along & 1 == 1 { 1.0 } else { -1.0 };
                let inset = |along: usize| if along == axis { 0.0 } else { bevel };
                self.positions.push([0, 1, 2].map(|i| centre[i] + sign(i) * (half[i] - inset(i))));
                self.normals.push([0, 1, 2].map(|i| if i == axis { sign(i) } else { 0.0 }));
                self.uvs.push(match skin {
                    Skin::Point(uv) => uv,
                    Skin::EachSide => {
                        let (across, up) = if axis == 1 { (0, 2) } else { (2 - axis, 1) };
                        [0.5 + 0.5 * sign(across), 0.5 - 0.5 * sign(up)]
                    }
                });
            }
        }
        let at = |axis: u16, corner: u16| first + axis * 8 + corner;
        for axis in 0..3_u16 {
            let (second, third) = (1 << ((axis + 1) % 3), 1 << ((axis + 2) % 3));
            for side in [0, 1 << axis] {
                self.quad([0, second, second + third, third].map(|corner| at(axis, side + corner)));
            }
            // The four bevels between this axis' sides and the next one's.
            for corner in [0, 1 << axis, second, (1 << axis) + second] {
                let next = (axis + 1) % 3;
                self.quad([
                    at(axis, corner),
                    at(axis, corner + third),
                    at(next, corner + third),
                    at(next, corner),
                ]);
            }
        }
        for corner in 0..8 {
            self.triangle([at(0, corner), at(1, corner), at(2, corner)]);
        }
    }

    /// Adds a closed cylinder along an axis (0 x, 1 y, 2 z).
    pub(super) fn cylinder(&mut self, centre: Vec3, axis: usize, radius: f32, half_length: f32, skin: Skin) {
        const SIDES: u16 = 20;
        let uv = match skin {
            Skin::Point(uv) => uv,
            Skin::EachSide => [0.5, 0.5],
        };
        let mut corner = |along: f32, out: [f32; 2], normal_along: f32| {
            let (second, third) = ((axis + 1) % 3, (axis + 2) % 3);
            let mut position = centre;
            position[axis] += along * half_length;
            position[second] += out[0] * radius;
            position[third] += out[1] * radius;
            let mut normal = [0.0; 3];
            normal[axis] = normal_along;
            if normal_along == 0.0 {
                (normal[second], normal[third]) = (out[0], out[1]);
            }
            self.positions.push(position);
            self.normals.push(normal);
            self.uvs.push(uv);
            self.positions.len() as u16 - 1
        };
        let mut rings = Vec::new();
        for side in 0..SIDES {
            let (sine, cosine) = (TAU * f32::from(side) / f32::from(SIDES)).sin_cos();
            let out = [cosine, sine];
            rings.push([
                corner(-1.0, out, 0.0),
                corner(1.0, out, 0.0),
                corner(-1.0, out, -1.0),
                corner(1.0, out, 1.0),
            ]);
        }
        let middles = [corner(-1.0, [0.0; 2], -1.0), corner(1.0, [0.0; 2], 1.0)];
        for (index, here) in rings.iter().enumerate() {
            let next = rings[(index + 1) % rings.len()];
            self.quad([here[0], here[1], next[1], next[0]]);
            self.triangle([middles[0], here[2], next[2]]);
            self.triangle([middles[1], here[3], next[3]]);
        }
    }

    fn quad(&mut self, [a, b, c, d]: [u16; 4]) {
        self.triangle([a, b, c]);
        self.triangle([a, c, d]);
    }

    /// Adds a triangle, turned so that its front looks where its normals point.
    fn triangle(&mut self, [first, second, third]: [u16; 3]) {
        let position = |corner: u16| self.positions[usize::from(corner)];
        let edge = |corner| [0, 1, 2].map(|part| position(corner)[part] - position(first)[part]);
        let (along, across) = (edge(second), edge(third));
        // The sum of front x normal over the corners: negative when the triangle looks inward.
        let mut agreement = 0.0;
        for part in 0..3 {
            let (next, last) = ((part + 1) % 3, (part + 2) % 3);
            let front = along[next] * across[last] - along[last] * across[next];
            for corner in [first, second, third] {
                agreement += front * self.normals[usize::from(corner)][part];
            }
        }
        self.indices.extend(if agreement < 0.0 { [first, third, second] } else { [first, second, third] });
    }
}
