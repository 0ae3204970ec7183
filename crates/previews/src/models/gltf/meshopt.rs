//! Buffers packed by meshopt, as glTF's extension `EXT_meshopt_compression` specifies them: attributes, triangles and indexes, and the
//! filters of normals and of real numbers. Read here, since the crates for it bind C++.

/// How the three kinds begin.
const ATTRIBUTES: u8 = 0xa0;
const TRIANGLES: u8 = 0xe1;
const INDICES: u8 = 0xd1;
/// Attributes are packed in groups of so many elements.
const GROUP: usize = 16;
/// The longest element of attributes. *Units*: bytes.
const LONGEST: usize = 256;

/// So many elements of so many bytes each; none where they are not as they should be.
pub(super) fn unpack(bytes: &[u8], count: usize, stride: usize, mode: &str, filter: &str) -> Option<Vec<u8>> {
    let mut unpacked = match mode {
        "ATTRIBUTES" => attributes(bytes, count, stride)?,
        "TRIANGLES" => written(&triangles(bytes, count)?, stride)?,
        "INDICES" => written(&indices(bytes, count)?, stride)?,
        _ => return None,
    };
    match filter {
        "OCTAHEDRAL" if stride == 4 => unpacked.as_chunks_mut::<4>().0.iter_mut().for_each(|element| {
            let [x, y, one, _] = element.map(|byte| f32::from(byte.cast_signed()));
            for (place, value) in element.iter_mut().zip(octahedral(x, y, one)) {
                *place = ((value * 127.0).round() as i8).cast_unsigned();
            }
        }),
        "OCTAHEDRAL" => unpacked.as_chunks_mut::<8>().0.iter_mut().for_each(|element| {
            let read = |at: usize| f32::from(i16::from_le_bytes([element[at], element[at + 1]]));
            let normal = octahedral(read(0), read(2), read(4));
            for (place, value) in element.as_chunks_mut::<2>().0.iter_mut().zip(normal) {
                *place = ((value * 32767.0).round() as i16).to_le_bytes();
            }
        }),
        "EXPONENTIAL" => unpacked.as_chunks_mut::<4>().0.iter_mut().for_each(|number| {
            let whole = i32::from_le_bytes(*number);
            *number = ((whole << 8 >> 8) as f32 * (2.0_f32).powi(whole >> 24)).to_le_bytes();
        }),
        // That of quaternions is for animations.
        _ => {}
    }
    Some(unpacked)
}

/// A direction from its two numbers and what stands for one.
fn octahedral(x: f32, y: f32, one: f32) -> [f32; 3] {
    if one == 0.0 {
        return [0.0; 3];
    }
    let (x, y) = (x / one, y / one);
    let z = 1.0 - x.abs() - y.abs();
    let fold = z.min(0.0);
    glam::Vec3::new(x - fold.copysign(x), y - fold.copysign(y), z).normalize_or_zero().to_array()
}

fn written(indexes: &[u32], stride: usize) -> Option<Vec<u8>> {
    match stride {
        2 => Some(indexes.iter().flat_map(|index| (*index as u16).to_le_bytes()).collect()),
        4 => Some(indexes.iter().flat_map(|index| index.to_le_bytes()).collect()),
        _ => None,
    }
}

fn attributes(bytes: &[u8], count: usize, stride: usize) -> Option<Vec<u8>> {
    if stride == 0 || stride > LONGEST || !stride.is_multiple_of(4) || bytes.first() != Some(&ATTRIBUTES) {
        return None;
    }
    // The first element, with zeros before it where it is short.
    let end = bytes.len().checked_sub(stride.max(32))?;
    let mut last = bytes[bytes.len() - stride..].to_vec();
    let mut input = bytes.get(1..end)?;
    let in_block = ((8192 / stride) & !(GROUP - 1)).min(256);
    // Each group is told of by two bits at the least.
    if count.div_ceil(GROUP).checked_mul(stride)? > input.len().checked_mul(4)? {
        return None;
    }
    let mut unpacked = vec![0; count.checked_mul(stride)?];
    for block in unpacked.chunks_mut(in_block * stride) {
        let elements = block.len() / stride;
        let groups = elements.div_ceil(GROUP);
        for (byte, last) in last.iter_mut().enumerate() {
            let modes = input.split_off(..groups.div_ceil(4))?;
            for group in 0..groups {
                let deltas = group_of(&mut input, modes[group / 4] >> (group % 4 * 2) & 3)?;
                for (place, delta) in (group * GROUP..elements).zip(deltas) {
                    *last = last.wrapping_add(if delta & 1 == 0 { delta >> 1 } else { !(delta >> 1) });
                    block[place * stride + byte] = *last;
                }
            }
        }
    }
    Some(unpacked)
}

/// The next sixteen bytes, of which those that are too large for their bits stand behind them.
fn group_of(input: &mut &[u8], mode: u8) -> Option<[u8; GROUP]> {
    let bits = match mode {
        0 => return Some([0; GROUP]),
        1 => 2,
        2 => 4,
        _ => return input.split_off(..GROUP)?.try_into().ok(),
    };
    let packed = input.split_off(..GROUP * bits / 8)?;
    let (in_byte, most) = (8 / bits, (1_u8 << bits) - 1);
    let mut group = [0; GROUP];
    for (place, value) in group.iter_mut().enumerate() {
        let shift = 8 - bits - place % in_byte * bits;
        *value = packed[place / in_byte] >> shift & most;
        if *value == most {
            *value = *input.split_off_first()?;
        }
    }
    Some(group)
}

/// The latest sixteen of something.
struct Latest<T> {
    all: [T; 16],
    next: usize,
}

impl<T: Copy + Default> Latest<T> {
    fn new() -> Self {
        Self { all: [T::default(); 16], next: 0 }
    }

    fn push(&mut self, one: T) {
        self.all[self.next & 15] = one;
        self.next = self.next.wrapping_add(1);
    }

    /// The latest is 0.
    fn get(&self, back: u8) -> T {
        self.all[self.next.wrapping_sub(1 + usize::from(back)) & 15]
    }
}

/// What follows the codes of triangles, and what they count from.
struct Stream<'a> {
    data: &'a [u8],
    next: u32,
    last: u32,
    vertices: Latest<u32>,
}

impl Stream<'_> {
    /// An index by its difference from the last one.
    fn index(&mut self) -> Option<u32> {
        let value = varint(&mut self.data)?;
        let delta = if value & 1 == 0 { value >> 1 } else { !(value >> 1) };
        self.last = self.last.wrapping_add(delta);
        Some(self.last)
    }

    fn new_vertex(&mut self) -> u32 {
        self.next = self.next.wrapping_add(1);
        self.next.wrapping_sub(1)
    }

    /// A corner: the next vertex, one of the latest, or one that is told. And whether it is new.
    fn corner(&mut self, code: u8, may_be_told: bool) -> Option<(u32, bool)> {
        Some(match code {
            0 => (self.new_vertex(), true),
            15 if may_be_told => (self.index()?, true),
            code => (self.vertices.get(code - 1), false),
        })
    }
}

fn triangles(bytes: &[u8], count: usize) -> Option<Vec<u32>> {
    if bytes.first() != Some(&TRIANGLES) || !count.is_multiple_of(3) {
        return None;
    }
    let codes = bytes.get(1..1 + count / 3)?;
    let end = bytes.len().checked_sub(16)?;
    let table = &bytes[end..];
    let data = bytes.get(1 + codes.len()..end)?;
    let mut stream = Stream { data, next: 0, last: 0, vertices: Latest::new() };
    let mut edges = Latest::<[u32; 2]>::new();
    let mut unpacked = Vec::with_capacity(count);
    for code in codes {
        let (high, low) = (code >> 4, code & 15);
        if high < 15 {
            let [a, b] = edges.get(high);
            let (c, is_new) = match low {
                0 => (stream.new_vertex(), true),
                13 | 14 => {
                    let step = if low == 13 { u32::MAX } else { 1 };
                    stream.last = stream.last.wrapping_add(step);
                    (stream.last, true)
                }
                15 => (stream.index()?, true),
                // Unlike in what follows, the latest one is 0 here, and never meant.
                low => (stream.vertices.get(low), false),
            };
            if is_new {
                stream.vertices.push(c);
            }
            edges.push([c, b]);
            edges.push([a, c]);
            unpacked.extend([a, b, c]);
            continue;
        }
        let is_told = low >= 14;
        let corners = if is_told { *stream.data.split_off_first()? } else { table[usize::from(low)] };
        if is_told && corners == 0 {
            stream.next = 0;
        }
        // Those that are told stand in their order behind the code.
        let (a, _) = stream.corner(if *code == 0xff { 15 } else { 0 }, true)?;
        let (b, is_new_b) = stream.corner(corners >> 4, is_told)?;
        let (c, is_new_c) = stream.corner(corners & 15, is_told)?;
        edges.push([b, a]);
        edges.push([c, b]);
        edges.push([a, c]);
        stream.vertices.push(a);
        if is_new_b {
            stream.vertices.push(b);
        }
        if is_new_c {
            stream.vertices.push(c);
        }
        unpacked.extend([a, b, c]);
    }
    Some(unpacked)
}

fn indices(bytes: &[u8], count: usize) -> Option<Vec<u32>> {
    let mut data = bytes.get(1..bytes.len().checked_sub(4)?)?;
    // Each takes a byte at the least.
    if bytes[0] != INDICES || count > data.len() {
        return None;
    }
    let mut last = [0_u32; 2];
    let mut unpacked = Vec::with_capacity(count);
    for _ in 0..count {
        let value = varint(&mut data)?;
        let last = &mut last[(value & 1) as usize];
        *last = last.wrapping_add(if value & 2 == 0 { value >> 2 } else { !(value >> 2) });
        unpacked.push(*last);
    }
    Some(unpacked)
}

/// A number in pieces of seven bits, the lowest first.
fn varint(data: &mut &[u8]) -> Option<u32> {
    let mut value = 0;
    for place in 0..5 {
        let byte = *data.split_off_first()?;
        value |= u32::from(byte & 0x7f) << (place * 7);
        if byte & 0x80 == 0 {
            break;
        }
    }
    Some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As the library's own encoder packs them.
    const PACKED_ATTRIBUTES: &str = "a02a066666666666666666666666666666666666666600000000001f0002060a0e12161a1e22262a2e32363a3e42464a4e52565a5e62666a6e72767affff00007e82868a8e92969a14800200808080000015303c0f030ee4e3292ac8c0f03c0fc74546acab616203c00000908f15003c0f0326254c4b74c0f03c0f739a99c2c1e8e703c00000eff01f0021212121212121212121212121212121212121212121212121212121212121ffff000021212121212121211f003c3e3e3ec13e3e3ec13e3e3ec13e3e3cc13e3e3ec13e3e3ec13e3e3ec13e3cffff00003e3ec13e3e3ec13e0000000000000000000000000000000000000000000000000000000000000000";
    const PACKED_TRIANGLES: &str =
        "e1f010fe3effffdb9f1ef00cff0202023f1380b518e9b418007687566778a9866589689801690000";
    const PACKED_INDICES: &str = "d1000404a11f04050405b08b11931f00000000";

    fn bytes_of(hex: &str) -> Vec<u8> {
        let digits = hex.as_bytes().chunks(2).map(|pair| std::str::from_utf8(pair).unwrap());
        digits.map(|pair| u8::from_str_radix(pair, 16).unwrap()).collect()
    }

    #[test]
    fn attributes_are_as_they_were_packed() {
        let unpacked = unpack(&bytes_of(PACKED_ATTRIBUTES), 40, 8, "ATTRIBUTES", "NONE").unwrap();
        for (number, element) in unpacked.chunks(8).enumerate() {
            let number = u32::try_from(number).unwrap();
            let third = if number % 5 == 0 { number * 997 } else { 7 };
            let expected = [number * 3, number * number, third, (number * 7919) & 0x7fff];
            let element: Vec<u32> =
                element.chunks(2).map(|pair| u32::from(pair[0]) | u32::from(pair[1]) << 8).collect();
            assert_eq!(element, expected, "{number}");
        }
    }

    #[test]
    fn indexes_are_as_they_were_packed() {
        assert_eq!(
            triangles(&bytes_of(PACKED_TRIANGLES), 27).unwrap(),
            [0, 1, 2, 2, 1, 3, 4, 6, 5, 2, 3, 7, 8, 9, 10, 0, 8, 200_000, 0, 2, 1, 7, 3, 11, 11, 3, 12]
        );
        let expected = [0, 1, 2, 1000, 3, 1001, 4, 1002, 70_000, 5];
        assert_eq!(indices(&bytes_of(PACKED_INDICES), 10).unwrap(), expected);
        assert_eq!(unpack(&bytes_of(PACKED_INDICES), 10, 2, "INDICES", "NONE").unwrap().len(), 20);
    }

    #[test]
    fn filters_give_directions_and_numbers() {
        let mut near = [[0.0; 3]; 4];
        let packed = bytes_of("ff070000ff070000000001f8ff070000ff07ff07ff070000ca02c5fdff070000");
        for (direction, element) in near.iter_mut().zip(packed.chunks(8)) {
            let number = |at: usize| f32::from(i16::from_le_bytes([element[at], element[at + 1]]));
            *direction = octahedral(number(0), number(2), number(4));
        }
        let expected = [[1.0, 0.0, 0.0], [0.0, -1.0, 0.0], [0.0, 0.0, -1.0], [0.6, -0.48, 0.64]];
        for (direction, expected) in near.into_iter().zip(expected) {
            assert!(glam::Vec3::from(direction).distance(expected.into()) < 1e-3, "{direction:?}");
        }
    }

    #[test]
    fn what_is_cut_short_or_absurd_is_none() {
        for (hex, count, mode) in [
            (PACKED_ATTRIBUTES, 40, "ATTRIBUTES"),
            (PACKED_TRIANGLES, 27, "TRIANGLES"),
            (PACKED_INDICES, 10, "INDICES"),
        ] {
            let whole = bytes_of(hex);
            let stride = if mode == "ATTRIBUTES" { 8 } else { 4 };
            for length in 0..whole.len() {
                let _ = unpack(&whole[..length], count, stride, mode, "EXPONENTIAL");
            }
            for count in [usize::MAX, usize::MAX / 3, 1 << 40] {
                assert!(unpack(&whole, count, stride, mode, "NONE").is_none(), "{mode}");
            }
            assert!(unpack(&whole[..10], count, stride, mode, "NONE").is_none(), "{mode}");
            assert!(unpack(&[], count, stride, mode, "NONE").is_none(), "{mode}");
        }
    }
}
