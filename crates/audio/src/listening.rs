//! A small copy of a recording for listening in the report: Ogg Opus, mono, about 24 kbit/s. RFC 7845, RFC 6716.
//!
//! For listening only: nothing is ever measured on it.

use crate::clip::Mono16k;
use crate::error::{AudioError, AudioErrorKind};
use ogg::{PacketWriteEndInfo, PacketWriter};
use opusic_c::{Application, Bitrate, Channels, Encoder, SampleRate, Signal};

/// Samples in a packet: 20 ms.
const FRAME: u64 = 320;

/// Packets in an Ogg page: one second, so that players can jump to any second.
const PACKETS_PER_PAGE: u64 = 50;

/// Bits a second.
const BITRATE: u32 = 24_000;

/// How hard the encoder tries, 0 to 10: at 5 this copy would take longer than all measuring.
const COMPLEXITY: u8 = 1;

/// The stream number is fixed, so that the same sound gives the same bytes.
const SERIAL: u32 = 0x766f_6963;

/// The longest packet an encoder makes (RFC 6716, 3.4) for a frame of 20 ms.
const MAX_PACKET: usize = 1_275;

/// Times in Ogg Opus are at 48 kHz.
const GRANULES_PER_SAMPLE: u64 = 3;

/// Encodes a listening copy: an Ogg Opus file whose decoded length and times are those of `audio`.
///
/// # Errors
/// When samples cannot be read back or the encoder fails.
pub fn listening_copy(audio: &Mono16k) -> Result<Vec<u8>, AudioError> {
    let fail = |kind| AudioError::new(audio.name(), "make a listening copy of", kind);
    let encoding = |error: &dyn std::fmt::Debug| fail(AudioErrorKind::Encode).caused_by(format!("{error:?}"));
    let mut encoder =
        Encoder::new(Channels::Mono, SampleRate::Hz16000, Application::Audio).map_err(|e| encoding(&e))?;
    encoder.set_bitrate(Bitrate::Value(BITRATE)).map_err(|e| encoding(&e))?;
    encoder.set_signal(Signal::Voice).map_err(|e| encoding(&e))?;
    encoder.set_complexity(COMPLEXITY).map_err(|e| encoding(&e))?;
    let look_ahead = u64::from(encoder.get_look_ahead().map_err(|e| encoding(&e))?);
    let pre_skip = look_ahead * GRANULES_PER_SAMPLE;
    let mut writer = PacketWriter::new(Vec::new());
    let writing = |error: std::io::Error| fail(AudioErrorKind::Encode).caused_by(error);
    writer.write_packet(head(pre_skip), SERIAL, PacketWriteEndInfo::EndPage, 0).map_err(writing)?;
    writer.write_packet(tags(), SERIAL, PacketWriteEndInfo::EndPage, 0).map_err(writing)?;
    let packets = (audio.len() + look_ahead).div_ceil(FRAME).max(1);
    let end = pre_skip + audio.len() * GRANULES_PER_SAMPLE;
    let mut encoded = vec![0; MAX_PACKET];
    let mut page: Vec<f32> = Vec::new();
    for packet in 0..packets {
        let within = (packet % PACKETS_PER_PAGE) as usize;
        if within == 0 {
            let start = packet * FRAME;
            let samples = audio.read(start..start + FRAME * PACKETS_PER_PAGE);
            page = samples.map_err(|error| fail(AudioErrorKind::Scratch).caused_by(error))?;
            // Silence after the end pushes out what the encoder still holds.
            page.resize((FRAME * PACKETS_PER_PAGE) as usize, 0.0);
        }
        let frame = &page[within * FRAME as usize..(within + 1) * FRAME as usize];
        let length = encoder.encode_float_to_slice(frame, &mut encoded).map_err(|e| encoding(&e))?;
        let granule = ((packet + 1) * FRAME * GRANULES_PER_SAMPLE).min(end);
        let (info, granule) = match () {
            () if packet + 1 == packets => (PacketWriteEndInfo::EndStream, end),
            () if within as u64 + 1 == PACKETS_PER_PAGE => (PacketWriteEndInfo::EndPage, granule),
            () => (PacketWriteEndInfo::NormalPacket, granule),
        };
        writer.write_packet(encoded[..length].to_vec(), SERIAL, info, granule).map_err(writing)?;
    }
    Ok(writer.into_inner())
}

fn head(pre_skip: u64) -> Vec<u8> {
    let mut head = b"OpusHead\x01\x01".to_vec();
    head.extend_from_slice(&(pre_skip as u16).to_le_bytes());
    head.extend_from_slice(&Mono16k::RATE.to_le_bytes());
    head.extend_from_slice(&[0; 3]);
    head
}

fn tags() -> Vec<u8> {
    let vendor = b"voiceman";
    let mut tags = b"OpusTags".to_vec();
    tags.extend_from_slice(&(vendor.len() as u32).to_le_bytes());
    tags.extend_from_slice(vendor);
    tags.extend_from_slice(&0_u32.to_le_bytes());
    tags
}
