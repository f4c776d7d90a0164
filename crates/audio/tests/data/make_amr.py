"""Encodes a WAV file as AMR without discontinuous transmission, which sox cannot do: nb through libopencore-amrnb
(8 kHz), wb through libvo-amrwbenc (16 kHz). Usage: make_amr.py nb|wb input.wav output.amr"""

import ctypes
import sys
import wave

kind, source, target = sys.argv[1:]
with wave.open(source) as reader:
    frames, rate = reader.readframes(reader.getnframes()), reader.getframerate()
size = 160 if kind == "nb" else 320
assert rate == size * 50
frames += bytes(-len(frames) % (2 * size))
if kind == "nb":
    library = ctypes.CDLL("libopencore-amrnb.so.0")
    make, encode, mode, magic = library.Encoder_Interface_init, library.Encoder_Interface_Encode, 7, b"#!AMR\n"
else:
    library = ctypes.CDLL("libvo-amrwbenc.so.0")
    make, encode, mode, magic = library.E_IF_init, library.E_IF_encode, 2, b"#!AMR-WB\n"
make.restype = ctypes.c_void_p
state = ctypes.c_void_p(make(0) if kind == "nb" else make())
packet = ctypes.create_string_buffer(512)
with open(target, "wb") as writer:
    writer.write(magic)
    for start in range(0, len(frames), 2 * size):
        writer.write(packet[: encode(state, mode, frames[start : start + 2 * size], packet, 0)])
