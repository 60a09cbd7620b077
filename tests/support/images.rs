//! Small images, made as they are needed.

/// A PNG of one colour, as every browser shows it. Its pixels are not packed: a larger one is a
/// larger file.
pub fn png(width: u16, height: u16, colour: [u8; 3]) -> Vec<u8> {
    let mut file = b"\x89PNG\r\n\x1a\n".to_vec();
    let head = [u32::from(width).to_be_bytes(), u32::from(height).to_be_bytes()].concat();
    chunk(&mut file, *b"IHDR", &[&head[..], &[8, 2, 0, 0, 0]].concat());
    let row = [&[0], &colour.repeat(width.into())[..]].concat();
    let pixels = row.repeat(height.into());
    // zlib (RFC 1950) with stored blocks (RFC 1951 §3.2.4).
    let mut packed = vec![0x78, 0x01];
    let mut blocks = pixels.chunks(0xffff).peekable();
    while let Some(block) = blocks.next() {
        let length = u16::try_from(block.len()).expect("a short block");
        packed.push(u8::from(blocks.peek().is_none()));
        packed.extend(length.to_le_bytes());
        packed.extend((!length).to_le_bytes());
        packed.extend(block);
    }
    let (mut a, mut b) = (1_u32, 0_u32);
    for byte in &pixels {
        a = (a + u32::from(*byte)) % 65521;
        b = (b + a) % 65521;
    }
    packed.extend(((b << 16) | a).to_be_bytes());
    chunk(&mut file, *b"IDAT", &packed);
    chunk(&mut file, *b"IEND", &[]);
    file
}

fn chunk(file: &mut Vec<u8>, kind: [u8; 4], content: &[u8]) {
    file.extend(u32::try_from(content.len()).expect("a small image").to_be_bytes());
    let begin = file.len();
    file.extend(kind);
    file.extend(content);
    let sum = file[begin..].iter().fold(u32::MAX, |sum, byte| {
        (0..8).fold(sum ^ u32::from(*byte), |sum, _| {
            if sum & 1 == 1 { (sum >> 1) ^ 0xedb8_8320 } else { sum >> 1 }
        })
    });
    file.extend((!sum).to_be_bytes());
}
