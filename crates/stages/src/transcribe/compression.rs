//! How much a text repeats itself.

/// Bytes of the text over bytes of its zlib stream, as Whisper measures repetition; 0 for an empty text.
pub fn compression_ratio(text: &str) -> f64 {
    if text.is_empty() {
        return 0.0;
    }
    text.len() as f64 / miniz_oxide::deflate::compress_to_vec_zlib(text.as_bytes(), 6).len() as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_loop_compresses_well_and_a_sentence_does_not() {
        assert!(compression_ratio(&"go on ".repeat(40)) > 2.4);
        assert!(compression_ratio("Ask not what your country can do for you.") < 1.5);
        assert_eq!(compression_ratio(""), 0.0);
    }
}
