//! Finds spectral band replication (HE-AAC) that no header announces.
//!
//! An encoder may write HE-AAC as if it were AAC-LC at half the rate; a decoder that knows only LC then plays a dull copy
//! without an error. The replication data stand in a fill element just before the end of a packet (ISO/IEC 14496-3, 4.4.2.7).
//! Finding where that element starts would need the whole Huffman decoding, so each bit position is tried: the element's
//! length must lead exactly to the end mark and the end of the packet. One packet can match by chance, many cannot.

use crate::mp4::Bits;

/// Sample rates above this are not doubled by any encoder.
pub(crate) const MAX_CORE_RATE: u32 = 24_000;

/// Packets that are looked at.
pub(crate) const PACKETS: usize = 24;

/// Whether most of `verdicts` say that a packet carries replication data. The first packets of a stream may not.
pub(crate) fn is_he_aac(verdicts: &[bool]) -> bool {
    let positive = verdicts.iter().filter(|&&verdict| verdict).count();
    positive >= 4 && positive * 4 >= verdicts.len() * 3
}

/// Whether a packet may end with a fill element that holds replication data.
pub(crate) fn may_carry_replication(packet: &[u8]) -> bool {
    // The longest fill element has 15 + 255 - 1 bytes.
    let total = packet.len() * 8;
    let first = total.saturating_sub((269 + 4) * 8);
    (first..total).any(|position| {
        let mut bits = Bits { bytes: packet, position };
        fill_element_end(&mut bits).is_some_and(|end| {
            let mut rest = Bits { bytes: packet, position: end };
            rest.take(3) == Some(7) && total - rest.position < 8 && rest.take(total - rest.position) == Some(0)
        })
    })
}

fn fill_element_end(bits: &mut Bits<'_>) -> Option<usize> {
    if bits.take(3)? != 6 {
        return None;
    }
    let count = match bits.take(4)? {
        15 => 14 + bits.take(8)?,
        count => count,
    };
    let start = bits.position;
    let extension = bits.take(4)?;
    (count > 0 && matches!(extension, 13 | 14)).then_some(start + count as usize * 8)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn packet(fill: &[bool]) -> Vec<u8> {
        let mut bits = vec![false; 41];
        bits.extend_from_slice(fill);
        bits.extend([true; 3]);
        while !bits.len().is_multiple_of(8) {
            bits.push(false);
        }
        bits.chunks(8).map(|byte| byte.iter().fold(0, |value, &bit| value << 1 | u8::from(bit))).collect()
    }

    fn bits(text: &str) -> Vec<bool> {
        text.chars().filter(|digit| *digit != ' ').map(|digit| digit == '1').collect()
    }

    #[test]
    fn finds_replication_data_at_any_alignment() {
        // Fill element, two bytes, extension type 13 (replication data), then any bits.
        assert!(may_carry_replication(&packet(&bits("110 0010 1101 0101 01010101"))));
        // With a checksum: extension type 14.
        assert!(may_carry_replication(&packet(&bits("110 0001 1110 0101"))));
    }

    #[test]
    fn plain_padding_is_no_replication() {
        assert!(!may_carry_replication(&packet(&bits("110 0010 0000 0000 00000000"))));
        assert!(!may_carry_replication(&packet(&[])));
        assert!(!may_carry_replication(&[]));
    }

    #[test]
    fn a_chance_match_is_not_enough() {
        assert!(!is_he_aac(&[true, true, false, false, false, false]));
        assert!(is_he_aac(&[false, true, true, true, true, true]));
    }
}
