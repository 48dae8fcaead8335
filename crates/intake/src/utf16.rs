//! UTF-16 to UTF-8, a chunk at a time. Lone surrogates become U+FFFD, one for one, so that the length in the source can
//! be told from the length of the output.

/// The decoder's memory between two chunks.
#[derive(Debug)]
pub(crate) struct Utf16 {
    big_endian: bool,
    /// The first half of a unit cut in two.
    odd: Option<u8>,
    /// A high surrogate waiting for its low one.
    high: Option<u16>,
}

impl Utf16 {
    pub(crate) fn new(big_endian: bool) -> Self {
        Self { big_endian, odd: None, high: None }
    }

    pub(crate) fn push(&mut self, mut bytes: &[u8], out: &mut Vec<u8>) {
        if let (Some(first), [second, rest @ ..]) = (self.odd, bytes) {
            self.odd = None;
            self.unit([first, *second], out);
            bytes = rest;
        }
        let (pairs, rest) = bytes.as_chunks::<2>();
        for pair in pairs {
            self.unit(*pair, out);
        }
        if let [last] = rest {
            self.odd = Some(*last);
        }
    }

    /// A surrogate still waiting at the end of the file is a lone one; half a unit is dropped.
    pub(crate) fn finish(&mut self, out: &mut Vec<u8>) {
        if self.high.take().is_some() {
            put(char::REPLACEMENT_CHARACTER, out);
        }
    }

    fn unit(&mut self, pair: [u8; 2], out: &mut Vec<u8>) {
        let unit = if self.big_endian { u16::from_be_bytes(pair) } else { u16::from_le_bytes(pair) };
        if let Some(high) = self.high.take() {
            if (0xdc00..=0xdfff).contains(&unit) {
                let code = 0x1_0000 + ((u32::from(high) - 0xd800) << 10) + (u32::from(unit) - 0xdc00);
                return put(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER), out);
            }
            put(char::REPLACEMENT_CHARACTER, out);
        }
        match unit {
            0xd800..=0xdbff => self.high = Some(unit),
            unit => put(char::from_u32(u32::from(unit)).unwrap_or(char::REPLACEMENT_CHARACTER), out),
        }
    }
}

fn put(c: char, out: &mut Vec<u8>) {
    out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
}

/// How many bytes of UTF-16 became this UTF-8: two per character, four beyond the basic plane.
pub(crate) fn source_len(utf8: &[u8]) -> u64 {
    utf8.iter()
        .map(|byte| {
            if *byte >= 0xf0 {
                4
            } else if *byte & 0xc0 == 0x80 {
                0
            } else {
                2
            }
        })
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn any_text_cut_anywhere_comes_back_and_its_source_length_is_known(text in ".*", cut in 0usize..64, big_endian: bool) {
            let bytes: Vec<u8> = text
                .encode_utf16()
                .flat_map(|unit| if big_endian { unit.to_be_bytes() } else { unit.to_le_bytes() })
                .collect();
            let (mut decoder, mut out) = (Utf16::new(big_endian), Vec::new());
            let cut = cut.min(bytes.len());
            decoder.push(&bytes[..cut], &mut out);
            decoder.push(&bytes[cut..], &mut out);
            decoder.finish(&mut out);
            prop_assert_eq!(std::str::from_utf8(&out), Ok(text.as_str()));
            prop_assert_eq!(source_len(&out), bytes.len() as u64);
        }
    }

    #[test]
    fn lone_surrogates_are_replaced_one_for_one() {
        let (mut decoder, mut out) = (Utf16::new(true), Vec::new());
        decoder.push(&[0xd8, 0x00, 0x00, 0x41, 0xdc, 0x00, 0xd8, 0x00], &mut out);
        decoder.finish(&mut out);
        assert_eq!(std::str::from_utf8(&out), Ok("\u{fffd}A\u{fffd}\u{fffd}"));
        assert_eq!(source_len(&out), 8);
    }
}
