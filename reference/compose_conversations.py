"""Composes conversations whose speakers and times are known, from short clips of actors: OUT/NAME.wav, OUT/NAME.rttm.

Usage: compose_conversations.py OUT [--actors 08,09,10,12] [--seed 1] [--clips FOLDER]

The clips are those of benches/speech/emodb; the name of a file begins with the actor and says the emotion in its sixth
letter. A turn is one to three clips of one actor. Who speaks next is left to chance, but nobody follows on himself, and
no clip is heard twice in a conversation. The labels are where the clips are audible; pauses of one speaker shorter than
0.25 s belong to the speech. Each actor has a level of his own, so that a shouted clip stays louder than his others.

Kinds: `neutral-N` and `emotional-N` with N speakers, the former as long as the neutral clips last, the latter about 90 s;
`overlap-N`, where about every third turn begins before the one before it has ended; and `nothing` without any speech.
Conditions: clean; reverberant (a measured room of benches/speech/rir); noisy (white and pink noise, 15 dB below the
speech); telephone (300 to 3400 Hz, mu-law). Two conversations of each kind in each condition. The same seed and actors
give the same conversations.
"""

import argparse
import itertools
import json
import pathlib
import sys

import numpy as np

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "benches"))

import accuracy  # noqa: E402
import common  # noqa: E402

KINDS = [
    *((f"neutral-{count}", count) for count in (1, 2, 3, 4)),
    *((f"emotional-{count}", count) for count in (1, 2, 3, 4)),
    *((f"overlap-{count}", count) for count in (2, 3)),
]
CONDITIONS = ("clean", "reverberant", "noisy", "telephone")
CONVERSATIONS = 2  # of each kind in each condition
SECONDS = 90
FEWEST_CLIPS = 3  # of each speaker, so that nobody is there for one sentence only
JOINED = 0.25  # pauses of one speaker below this are labelled as speech


def audible(samples):
    """The clip between the first and the last 10 ms that are less than 35 dB below its loudest 10 ms, edges faded."""
    size = common.RATE // 100
    frames = np.sqrt(np.mean(samples[: len(samples) // size * size].reshape(-1, size) ** 2, axis=1))
    loud = np.flatnonzero(frames > frames.max() * 10 ** (-35 / 20))
    clip = samples[loud[0] * size : (loud[-1] + 1) * size].copy()
    fade = np.linspace(0, 1, size // 2)
    clip[: len(fade)] *= fade
    clip[-len(fade) :] *= fade[::-1]
    return clip


def read_clips(folder, actors):
    """The clips of each actor: [(emotion letter, samples)]."""
    clips = {actor: [] for actor in actors}
    for path in sorted(folder.glob("*.flac")):
        if path.name[:2] in clips:
            clips[path.name[:2]].append((path.name[5], audible(common.read_sound(path).astype(np.float64))))
    return {actor: takes for actor, takes in clips.items() if takes}


def plan(clips, seconds, overlapping, generator):
    """Puts clips of some actors behind each other: [(actor, first sample, samples)]."""
    left = {actor: [takes[index] for index in generator.permutation(len(takes))] for actor, takes in clips.items()}
    end, last, overlapped, turns = 0.0, None, True, []
    while end < seconds:
        # Those with more left to say come sooner, so that all last about as long.
        actors = [actor for actor in left if left[actor] and (actor != last or len(left) == 1)]
        if not actors:
            break
        shares = np.array([len(left[actor]) for actor in actors], float)
        actor = actors[generator.choice(len(actors), p=shares / shares.sum())]
        turn, length = [], 0.0
        for number in range(generator.integers(1, 4)):
            if left[actor]:
                length += generator.uniform(0.1, 0.4) if number else 0.0
                clip = left[actor].pop()
                turn.append((length, clip))
                length += len(clip) / common.RATE
        # Never two overlaps in a row: three would speak at once, or one with himself. Half of the others is a third of all.
        overlapped = overlapping and last is not None and not overlapped and generator.random() < 0.5
        if overlapped:
            begin = end - min(generator.uniform(0.5, 1.5), 0.8 * length, 0.8 * turns[-1][1])
        else:
            begin = end + generator.uniform(0.2, 1.0)
        turns.append((begin, length, actor, turn))
        end, last = begin + length, actor
    return [
        (actor, round((begin + offset) * common.RATE), clip) for begin, _, actor, turn in turns for offset, clip in turn
    ]


def converse(clips, seconds, overlapping, generator):
    """A plan in which everybody has something to say."""
    while True:
        said = plan(clips, seconds, overlapping, generator)
        if all(sum(actor == other for other, *_ in said) >= FEWEST_CLIPS for actor in clips):
            return said


def mix(said, generator):
    """The sound of a plan, and where in it somebody speaks."""
    levels = {actor: 10 ** (generator.uniform(-3, 3) / 20) for actor in sorted({actor for actor, *_ in said})}
    length = max(begin + len(clip) for _, begin, clip in said) + round(0.5 * common.RATE)
    sound, spoken = np.zeros(length), np.zeros(length, bool)
    for actor, begin, clip in said:
        sound[begin : begin + len(clip)] += levels[actor] * clip
        spoken[begin : begin + len(clip)] = True
    return sound, spoken


def labels(said):
    """(begin, end, actor) in seconds, in order of time; pauses of one speaker below JOINED belong to the speech."""
    spans = []
    for actor in {actor for actor, *_ in said}:
        own = []
        for begin, end in sorted((begin, begin + len(clip)) for other, begin, clip in said if other == actor):
            if own and begin - own[-1][1] < JOINED * common.RATE:
                own[-1][1] = end
            else:
                own.append([begin, end])
        spans += [(begin / common.RATE, end / common.RATE, actor) for begin, end in own]
    return sorted(spans)


def level(samples):
    return np.sqrt(np.mean(samples**2))


def rooms():
    """Measured rooms, from the direct sound on, so that nothing is heard later than it is labelled."""
    for path in sorted((common.SPEECH / "rir").glob("*.wav")):
        response = common.read_sound(path).astype(np.float64)
        yield response[np.argmax(np.abs(response)) :]


def reverberant(sound, _spoken, generator):
    responses = list(rooms())
    response = responses[generator.integers(len(responses))]
    size = len(sound) + len(response)
    heard = np.fft.irfft(np.fft.rfft(sound, size) * np.fft.rfft(response, size), size)[: len(sound)]
    return heard * level(sound) / level(heard)


def pink(length, generator):
    spectrum = np.fft.rfft(generator.standard_normal(length))
    noise = np.fft.irfft(spectrum / np.sqrt(np.maximum(np.arange(len(spectrum)), 1)), length)
    return noise / level(noise)


def noisy(sound, spoken, generator, below=15):
    """With white and pink noise that lies so many decibels below the speech."""
    noise = generator.standard_normal(len(sound)) + pink(len(sound), generator)
    return sound + noise / level(noise) * level(sound[spoken]) * 10 ** (-below / 20)


def telephone(sound, _spoken, generator):
    return accuracy.telephone(sound, generator)


def clean(sound, _spoken, _generator):
    return sound


CHANGES = {"clean": clean, "reverberant": reverberant, "noisy": noisy, "telephone": telephone}


def music(length, generator):
    """Chords of three harmonic tones, each struck and dying away."""
    sound, beat = np.zeros(length), round(0.6 * common.RATE)
    for begin in range(0, length, beat):
        size = min(2 * beat, length - begin)
        time = np.arange(size) / common.RATE
        envelope = np.minimum(time / 0.01, 1) * np.exp(-3 * time)
        root = 110 * 2 ** (generator.integers(0, 12) / 12)
        for tone in (root, root * 2 ** ((3 + generator.integers(2)) / 12), root * 2 ** (7 / 12)):
            for harmonic in range(1, 9):
                phase = generator.uniform(0, 2 * np.pi)
                sound[begin : begin + size] += envelope * np.sin(2 * np.pi * tone * harmonic * time + phase) / harmonic
    return 0.3 * sound / np.abs(sound).max()


def write(out, name, sound, spans):
    # Too loud a mixture is made quieter as a whole; others keep their level.
    common.write_sound(out / f"{name}.wav", sound / max(1.0, np.abs(sound).max() / 0.95))
    lines = [
        f"SPEAKER {name} 1 {begin:.4f} {end - begin:.4f} <NA> <NA> {speaker} <NA> <NA>\n" for begin, end, speaker in spans
    ]
    (out / f"{name}.rttm").write_text("".join(lines))


def compose(out, actors, seed, folder=common.SPEECH / "emodb"):
    """Writes all conversations; returns what conversations.json says of them."""
    out.mkdir(parents=True, exist_ok=True)
    clips, items = read_clips(folder, actors), []
    for number, (kind, count) in enumerate(KINDS):
        style = kind.split("-")[0]
        taken = {
            actor: [clip for emotion, clip in takes if style != "neutral" or emotion == "N"]
            for actor, takes in clips.items()
        }
        able = sorted(actor for actor, takes in taken.items() if len(takes) >= FEWEST_CLIPS)
        if len(able) < count:
            print(f"{kind} is left out: it needs {count} actors, and {len(able)} have clips enough")
            continue
        # A generator of its own for each kind: a change to one kind leaves the others as they are.
        generator = np.random.default_rng([seed, number])
        groups = list(itertools.combinations(able, count))
        groups = itertools.cycle([groups[index] for index in generator.permutation(len(groups))])
        for condition, index in itertools.product(CONDITIONS, range(1, CONVERSATIONS + 1)):
            group = next(groups)
            said = converse({actor: taken[actor] for actor in group}, SECONDS, style == "overlap", generator)
            sound, spoken = mix(said, generator)
            name = f"{kind}-{condition}-{index}"
            write(out, name, CHANGES[condition](sound, spoken, generator), labels(said))
            seconds = round(len(sound) / common.RATE, 3)
            items.append(
                {"name": name, "kind": kind, "condition": condition, "speakers": list(group), "seconds": seconds}
            )
    generator = np.random.default_rng([seed, len(KINDS)])
    length = 30 * common.RATE
    for what, sound in (
        ("silence", np.zeros(length)),
        ("noise", 0.05 * generator.standard_normal(length)),
        ("music", music(length, generator)),
    ):
        write(out, f"nothing-{what}", sound, [])
        items.append({"name": f"nothing-{what}", "kind": "nothing", "condition": what, "speakers": [], "seconds": 30.0})
    (out / "conversations.json").write_text(json.dumps(items, indent=1) + "\n")
    return items


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=pathlib.Path)
    parser.add_argument("--actors", default="08,09,10,12")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--clips", type=pathlib.Path, default=common.SPEECH / "emodb")
    options = parser.parse_args()
    items = compose(options.out, options.actors.split(","), options.seed, options.clips)
    minutes = sum(item["seconds"] for item in items) / 60
    print(f"{len(items)} recordings of {minutes:.0f} minutes in {options.out}")


if __name__ == "__main__":
    main()
