#!/bin/sh
# Makes the fixtures of this folder from ko.wav, ko.m4a and ko.mp3 (see README.md) with ffmpeg, sox, libopencore-amrnb
# and libvo-amrwbenc.
# Run once by a maintainer; the tests only read the results. Made with ffmpeg 5.1.9 and sox 14.4.2.
set -eu
cd "$(dirname "$0")"
exact="-fflags +bitexact -flags:a +bitexact -map_metadata -1"
make() { output=$1; shift; ffmpeg -nostdin -v error -y "$@" $exact "$output"; }

make ko.flac -i ko.wav -c:a flac
make ko.ogg -i ko.wav -c:a libvorbis -q:a 3
make ko.opus -i ko.wav -c:a libopus -b:a 24k
make ko_opus.webm -i ko.wav -c:a libopus -b:a 24k
make ko_opus.mp4 -i ko.wav -c:a libopus -b:a 24k
make ko_opus.caf -i ko.wav -c:a libopus -b:a 24k
make ko_aac.mkv -i ko.m4a -c:a copy
make ko.aac -i ko.m4a -c:a copy
make ko_fragmented.mp4 -i ko.m4a -c:a copy -movflags +frag_keyframe+empty_moov+delay_moov -frag_duration 500000
make ko_index_first.m4a -i ko.m4a -c:a copy -movflags +faststart
make ko_no_edits.m4a -i ko.m4a -c:a copy -use_editlist 0
make ko_no_tag.mp3 -i ko.mp3 -c:a copy -write_xing 0
make ko.mp2 -i ko.wav -c:a mp2 -b:a 32k
make ko_stereo44k.m4a -i ko.wav -t 2 -af "aresample=44100,pan=stereo|c0=c0|c1=0.5*c0" -c:a aac -b:a 64k
make ko_alac.m4a -i ko.wav -t 1 -c:a alac
make ko_1s.aiff -i ko.wav -t 1
make ko_1s.w64 -i ko.wav -t 1
make ko_1s_rf64.wav -i ko.wav -t 1 -rf64 always
make ko_1s_f32.caf -i ko.wav -t 1 -c:a pcm_f32le
make ko_ima.wav -i ko.wav -c:a adpcm_ima_wav
make ko_ms.wav -i ko.wav -c:a adpcm_ms
make ko_alaw8k.wav -i ko.wav -ar 8000 -c:a pcm_alaw
make ko_ulaw8k.wav -i ko.wav -ar 8000 -c:a pcm_mulaw

# What only ffmpeg reads.
make ko.wma -i ko.wav -c:a wmav2 -b:a 32k
make ko.ac3 -i ko.wav -ar 48000 -c:a ac3 -b:a 64k
make ko_gsm.wav -i ko.wav -ar 8000 -c:a libgsm_ms
make ko_video.mp4 -f lavfi -i color=black:s=16x16:r=5:d=3.888 -i ko.m4a -c:v mpeg4 -c:a copy -shortest
make ko_8k.wav -i ko.wav -ar 8000
python3 make_amr.py nb ko_8k.wav ko.amr
python3 make_amr.py wb ko.wav ko.awb
rm ko_8k.wav
make ko_amr.3gp -i ko.amr -c:a copy
# With discontinuous transmission: silence is not sent, and ffmpeg does not decode what stands for it.
sox ko.wav -r 8000 ko_dtx.amr-nb
mv ko_dtx.amr-nb ko_dtx.amr
