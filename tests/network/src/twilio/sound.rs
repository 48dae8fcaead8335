//! Sound files that players accept.

/// Samples a second, as on the phone.
const RATE: u32 = 8_000;
/// Longest sound that is made, in seconds: an hour of 16-bit stereo is 115 MB.
const SECONDS_MAX: u64 = 3_600;

/// A WAV file (16-bit PCM, 8 kHz): a soft 440 Hz tone in bursts of half a second, so that it is heard to run.
pub(crate) fn wav(seconds: u64, channels: u8) -> Vec<u8> {
    let samples = RATE * seconds.min(SECONDS_MAX) as u32;
    let block = u32::from(channels) * 2;
    let data_bytes = samples * block;
    let mut file = Vec::with_capacity(44 + data_bytes as usize);
    file.extend_from_slice(b"RIFF");
    file.extend_from_slice(&(36 + data_bytes).to_le_bytes());
    file.extend_from_slice(b"WAVEfmt ");
    file.extend_from_slice(&16u32.to_le_bytes());
    file.extend_from_slice(&1u16.to_le_bytes());
    file.extend_from_slice(&u16::from(channels).to_le_bytes());
    file.extend_from_slice(&RATE.to_le_bytes());
    file.extend_from_slice(&(RATE * block).to_le_bytes());
    file.extend_from_slice(&(block as u16).to_le_bytes());
    file.extend_from_slice(&16u16.to_le_bytes());
    file.extend_from_slice(b"data");
    file.extend_from_slice(&data_bytes.to_le_bytes());
    // 440 Hz repeats exactly every 200 samples at this rate, so that one table serves the whole file.
    let wave: Vec<i16> = (0..200)
        .map(|i| (f64::from(i) * 440.0 / f64::from(RATE) * std::f64::consts::TAU).sin() * 6_000.0)
        .map(|level| level as i16)
        .collect();
    for i in 0..samples {
        let level = if (i / (RATE / 2)).is_multiple_of(2) { wave[(i % 200) as usize] } else { 0 };
        for _ in 0..channels {
            file.extend_from_slice(&level.to_le_bytes());
        }
    }
    file
}

/// An MP3 file (MPEG 2.5 layer III, 8 kHz, 8 kbit/s, mono) of silence: a frame without data is one.
pub(crate) fn mp3(seconds: u64) -> Vec<u8> {
    const FRAME_BYTES: usize = 72;
    // A frame is 576 samples.
    let frames = (seconds.min(SECONDS_MAX) * u64::from(RATE)).div_ceil(576).max(1) as usize;
    let mut file = vec![0; frames * FRAME_BYTES];
    for frame in file.chunks_exact_mut(FRAME_BYTES) {
        frame[..4].copy_from_slice(&[0xFF, 0xE3, 0x18, 0xC0]);
    }
    file
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wav_says_how_long_it_is_and_is_so() {
        let file = wav(3, 2);
        assert_eq!(&file[..4], b"RIFF");
        assert_eq!(file.len(), 44 + 3 * 8_000 * 4);
        assert_eq!(u32::from_le_bytes([file[28], file[29], file[30], file[31]]), 32_000);
        assert_eq!(u32::from_le_bytes([file[40], file[41], file[42], file[43]]), 96_000);
    }

    #[test]
    fn an_mp3_is_whole_frames() {
        let file = mp3(9);
        assert_eq!(file.len(), 125 * 72);
        assert!(file.chunks(72).all(|frame| frame[0] == 0xFF && frame[1] == 0xE3));
    }
}
