"""How well pieces of voices are grouped into speakers in several ways, on conversations that nothing is reported on.

Usage: compare_clusterings.py CLIPS.jsonl FOLDER.jsonl=FOLDER...

FOLDER holds what compose_conversations.py wrote with the actors 03, 11, 13, 14, 15 and 16 (--clips as for
measure_speaker_nuisance.py); CLIPS.jsonl and FOLDER.jsonl are what `cargo run --release --package voiceman-infer --example
heard -- FILE...` prints of the clips in the four conditions (`--clips FOLDER CLIPS` writes those; with `--wide` before the
files, for what the published network says over a telephone too) and of its conversations.

What is learnt for a conversation, is learnt on the clips of the actors who do not speak in it. Prints diarization error
rate (0.25 s collar, overlap counted) and how many conversations have the right number of speakers, in percent, over all and
over those without and with a telephone:

- `the program's` clustering, written again here with the settings of crates/stages/src/diarize/settings.rs;
- the same with other thresholds; with the right number of speakers given; and the pieces labelled as the labels say, which
  no clustering can better;
- spectral clustering whose number of speakers is that of the largest gap between eigenvalues, by the normalised maximum
  eigengap (Park et al. 2020), with the similarity of the program, and with cosines alone;
- variational Bayes over a hidden Markov model of speakers (VBx, Landini et al. 2022) with a two-covariance model of the
  clips, from the program's groups at a higher threshold on. Its published scale is for windows of a quarter of a second; here
  all of SCALES are tried.
"""

import json
import pathlib
import sys

import numpy as np

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "benches"))

import common  # noqa: E402
import compose_conversations as conversations  # noqa: E402
import der  # noqa: E402

# Settings of crates/stages/src/diarize/settings.rs, and constants of cluster.rs and voice.rs beside it.
SAME_VOICE, USUAL_COHESION, COHESION_WEIGHT, FEW_PAIRS = 0.47, 0.6, 0.8, 8.0
PER_OCTAVE, MAX_OCTAVES, UNKNOWN_OCTAVES = 0.14, 1.15, 0.29
MIN_PIECE, MIN_SPEAKER, MIN_SHARE, MAX_PAUSE, ROUNDS = 0.8, 3.2, 0.2, 0.3, 5
SAME_VOICE_NARROW = 0.5  # over a telephone
DIRECTIONS = 10
MOST_SPEAKERS = 8
MANY_GROUPS = 0.6  # threshold from whose groups VBx begins
SHRINKAGE = 0.3  # of the covariance within speakers towards a sphere
OTHER_THRESHOLDS = (0.41, 0.44, 0.47, 0.5, 0.53, 0.56, 0.6)
SCALES = ((0.5, 1.0), (1.0, 4.0), (2.0, 4.0), (2.0, 10.0), (4.0, 10.0))  # Fa and Fb of VBx


class Conversation:
    """What was heard of a conversation, and its labels."""

    def __init__(self, heard, folder, item):
        self.condition, self.speakers, self.kind = item["condition"], item["speakers"], item["kind"]
        self.labels = der.read_rttm(folder / f"{item['name']}.rttm")
        pieces = heard["pieces"]
        self.talking = [[(begin / 1e6, end / 1e6) for begin, end in piece["talking"]] for piece in pieces]
        voiced = [index for index, piece in enumerate(pieces) if piece["voice"]]
        place = {index: voice for voice, index in enumerate(voiced)}
        self.stands_for = [place.get(piece["stands_for"]) for piece in pieces]
        self.own_talking = [self.talking[index] for index in voiced]
        voices = [pieces[index]["voice"] for index in voiced]
        self.embeddings = np.array([voice["embedding"] for voice in voices])
        self.seconds = np.array([voice["seconds"] for voice in voices])
        self.pitch = np.array([voice["pitch_hz"] or np.nan for voice in voices])
        self.apart = np.zeros((len(voices), len(voices)), bool)
        for a, b in heard["apart"]:
            self.apart[place[a], place[b]] = self.apart[place[b], place[a]] = place[a] != place[b]

    def similarity(self, axes, per_octave=PER_OCTAVE):
        left = self.embeddings - self.embeddings @ axes.T @ axes
        left /= np.linalg.norm(left, axis=1, keepdims=True)
        octaves = np.abs(np.subtract.outer(*2 * [np.round(12 * np.log2(self.pitch))])) / 12
        octaves = np.where(np.isnan(octaves), UNKNOWN_OCTAVES, octaves)
        return left @ left.T + per_octave * np.minimum(octaves, MAX_OCTAVES)

    def truth(self):
        """The speaker of each voice who is labelled longest while it talks."""
        found = []
        for talking in self.own_talking:
            shared = {speaker: 0.0 for speaker in self.speakers}
            for begin, end in talking:
                for start, stop, speaker in self.labels:
                    shared[speaker] += max(0.0, min(end, stop) - max(begin, start))
            found.append(self.speakers.index(max(shared, key=shared.get)))
        return renumbered(found)

    def score(self, labels):
        spans = []
        for speaker in sorted(set(labels)):
            own = [
                span
                for talking, voice in zip(self.talking, self.stands_for)
                if (labels[voice] if voice is not None else 0) == speaker
                for span in talking
            ]
            last = None
            for begin, end in sorted(own):
                if last and begin <= last[1] + MAX_PAUSE:
                    last[1] = max(last[1], end)
                else:
                    last = [begin, end, speaker]
                    spans.append(last)
        return der.score(self.labels, [tuple(span) for span in spans])


def renumbered(labels):
    numbers = {}
    return np.array([numbers.setdefault(label, len(numbers)) for label in labels], int)


def mergers(conversation, alike):
    """Labels with each number of groups, from all pieces on their own to one, and how close the last two merged were."""
    count = len(alike)
    alike, weight, apart = alike.copy(), conversation.seconds.copy(), conversation.apart.copy()
    pairs, within = np.zeros(count), np.zeros(count)
    labels, alive = np.arange(count), list(range(count))
    levels = [(labels.copy(), np.inf)]
    while len(alive) > 1:
        left = np.array(alive)
        cohesion = ((within + FEW_PAIRS * USUAL_COHESION) / (pairs + FEW_PAIRS))[left]
        asked = COHESION_WEIGHT * (np.minimum.outer(cohesion, cohesion) - USUAL_COHESION)
        closeness = alike[np.ix_(left, left)] - asked - 100.0 * apart[np.ix_(left, left)]
        np.fill_diagonal(closeness, -np.inf)
        place = np.unravel_index(np.argmax(closeness), closeness.shape)
        first, second = sorted(left[list(place)])
        pairs[first] += pairs[second] + weight[first] * weight[second]
        within[first] += within[second] + weight[first] * weight[second] * alike[first, second]
        both = weight[first] * alike[first] + weight[second] * alike[second]
        alike[first] = alike[:, first] = both / (weight[first] + weight[second])
        apart[first] = apart[:, first] = apart[first] | apart[second]
        weight[first] += weight[second]
        alive.remove(second)
        labels = np.where(labels == second, first, labels)
        levels.append((labels.copy(), closeness[place]))
    return levels


def absorbed(conversation, alike, labels):
    """Groups that say too little for a speaker are put to the closest that does not."""
    labels, seconds = renumbered(labels), conversation.seconds
    told = np.bincount(labels, np.maximum(seconds - MIN_PIECE, 0))
    enough = min(MIN_SPEAKER, MIN_SHARE * told.sum(), told.max())
    speakers = np.flatnonzero(told >= enough)
    to_each = np.stack([alike[:, labels == one] @ seconds[labels == one] / seconds[labels == one].sum() for one in speakers])
    return renumbered(np.where(np.isin(labels, speakers), labels, speakers[to_each.argmax(axis=0)]))


def reassigned(conversation, alike, labels):
    labels, seconds = labels.copy(), conversation.seconds
    for _ in range(ROUNDS):
        before, moved = labels.copy(), False
        groups = [before == label for label in range(before.max() + 1)]
        weights = np.array([seconds[group].sum() for group in groups])
        sums = np.stack([alike[:, group] @ seconds[group] for group in groups], axis=1)
        for piece, own in enumerate(before):
            rest = weights[own] - seconds[piece]
            if rest <= 1e-6:
                continue
            usual = (sums[piece, own] - seconds[piece] * alike[piece, piece]) / rest
            others = np.where(np.arange(len(groups)) == own, -np.inf, sums[piece] / weights)
            best = int(others.argmax())
            free = not (conversation.apart[piece] & (labels == best)).any()
            if others[best] > usual and free and (labels == own).sum() > 1:
                labels[piece], moved = best, True
        if not moved:
            break
    return renumbered(labels)


def by_the_program(conversation, alike, same_voice=None, number=None, small=True):
    if same_voice is None:
        same_voice = SAME_VOICE_NARROW if conversation.condition == "telephone" else SAME_VOICE
    levels = mergers(conversation, alike)
    level = next((at - 1 for at, (_, close) in enumerate(levels) if close < same_voice), len(levels) - 1)
    finish = (lambda labels: absorbed(conversation, alike, labels)) if small else renumbered
    labels = finish(levels[level][0])
    if number is not None and labels.max() + 1 != number:
        fitting = [at for at in range(len(levels)) if finish(levels[at][0]).max() + 1 == number]
        labels = finish(levels[min(fitting, key=lambda at: abs(at - level), default=level)][0])
    return reassigned(conversation, alike, labels)


def k_means(points, number, weights, generator):
    best = (np.inf, None)
    for _ in range(10):
        centres = points[[generator.choice(len(points))]]
        while len(centres) < number:
            far = weights * ((points[:, None] - centres[None]) ** 2).sum(-1).min(1)
            chances = far / far.sum() if far.sum() > 0 else None
            centres = np.vstack([centres, points[generator.choice(len(points), p=chances)]])
        for _ in range(30):
            labels = ((points[:, None] - centres[None]) ** 2).sum(-1).argmin(1)
            for one in set(labels):
                centres[one] = np.average(points[labels == one], axis=0, weights=weights[labels == one])
        spread = (((points - centres[labels]) ** 2).sum(-1) * weights).sum()
        best = min(best, (spread, labels), key=lambda found: found[0])
    return best[1]


def by_eigengap(conversation, alike, fewest):
    """Spectral clustering; each piece keeps its most alike ones, from `fewest` on, as many as give the clearest gap."""
    count = len(alike)
    if count <= 2:
        return np.zeros(count, int)
    order, best = np.argsort(-alike, axis=1), (np.inf,)
    for kept in range(fewest, max(fewest + 1, count // 2 + 1)):
        graph = np.zeros_like(alike)
        np.put_along_axis(graph, order[:, :kept], 1.0, axis=1)
        graph = (graph + graph.T) / 2
        np.fill_diagonal(graph, 0)
        laplacian = np.diag(graph.sum(axis=1)) - graph
        values = np.linalg.eigvalsh(laplacian)
        gaps = np.diff(values[: MOST_SPEAKERS + 1])
        ratio = kept / count / (gaps.max() / (values.max() + 1e-10) + 1e-10)
        best = min(best, (ratio, laplacian, int(gaps.argmax()) + 1), key=lambda found: found[0])
    _, laplacian, number = best
    vectors = np.linalg.eigh(laplacian)[1][:, :number]
    return renumbered(k_means(vectors, number, conversation.seconds, np.random.default_rng(0)))


def by_vbx(conversation, model, labels, scale, prior, rounds=20):
    """VBx without a preference for staying with a speaker: a piece is as long as turns are."""
    mean, whitening, between = model
    points = (conversation.embeddings - mean) @ whitening * np.sqrt(between)
    pieces = conversation.seconds / 3.0  # of three seconds
    chances = np.full((len(points), labels.max() + 1), 1e-3)
    chances[np.arange(len(points)), labels] = 1.0
    shares = chances.sum(axis=0)
    for _ in range(rounds):
        chances /= chances.sum(axis=1, keepdims=True)
        weighted = chances * pieces[:, None]
        spread = 1 / (1 + scale / prior * weighted.sum(axis=0)[:, None] * between)
        voices = scale / prior * spread * (weighted.T @ points)
        logs = scale * pieces[:, None] * (points @ voices.T - 0.5 * ((spread + voices**2) @ between))
        logs += np.log(shares / shares.sum() + 1e-12)
        chances = np.exp(logs - logs.max(axis=1, keepdims=True))
        shares = (chances / chances.sum(axis=1, keepdims=True) * pieces[:, None]).sum(axis=0)
    return renumbered(chances.argmax(axis=1))


class Clips:
    """Embeddings of single clips, and what is learnt on those of some actors."""

    def __init__(self, path):
        rows = [json.loads(line) for line in path.read_text().splitlines()]
        rows = [(row["file"], [piece["voice"] for piece in row["pieces"] if piece["voice"]]) for row in rows]
        names, vectors = [], []
        for name, voices in rows:
            if voices:
                vector = sum(np.array(voice["embedding"]) * voice["seconds"] for voice in voices)
                names.append(pathlib.Path(name).stem)
                vectors.append(vector / np.linalg.norm(vector))
        self.vectors = np.array(vectors)
        self.actors = np.array([name[:2] for name in names])
        self.conditions = np.array([name.rsplit("-", 1)[1] for name in names])
        self.learnt = {}

    def scatter(self, left, taken):
        """Covariance of the clips of one actor in one condition, without their parts along `taken`."""
        total, count = 0.0, 0
        for condition in sorted(set(self.conditions[left])):
            for actor in sorted(set(self.actors[left])):
                own = self.vectors[left & (self.conditions == condition) & (self.actors == actor)]
                own = own - own.mean(axis=0)
                own = own - own @ taken.T @ taken
                total, count = total + own.T @ own, count + len(own)
        return total / count

    def shift(self, left):
        """The direction in which a telephone moves embeddings, `[1, dimensions]`."""
        mean = {name: self.vectors[left & (self.conditions == name)].mean(axis=0) for name in ("clean", "telephone")}
        shift = mean["telephone"] - mean["clean"]
        return (shift / np.linalg.norm(shift))[None]

    def without(self, speakers):
        """Directions that are no matter of the speaker, and the model of VBx, learnt on those who are not `speakers`."""
        if (key := tuple(sorted(speakers))) not in self.learnt:
            left = ~np.isin(self.actors, key)
            called = self.shift(left)
            axes = np.linalg.eigh(self.scatter(left, called))[1][:, : -DIRECTIONS - 1 : -1].T
            within, centre = self.scatter(left, called[:0]), self.vectors[left].mean(axis=0)
            size = len(within)
            # Voices lie evenly in what is left of the sphere that embeddings lie on.
            between = max(1 - centre @ centre - np.trace(within), 0.1) / size
            within = (1 - SHRINKAGE) * within + SHRINKAGE * np.trace(within) / size * np.eye(size)
            values, vectors = np.linalg.eigh(within)
            self.learnt[key] = np.vstack([called, axes]), (centre, vectors / np.sqrt(values), between / values)
        return self.learnt[key]


def write_clips(folder, out):
    """Every clip in every condition: OUT/CLIP-CONDITION.wav."""
    generator = np.random.default_rng(3)
    out.mkdir(parents=True, exist_ok=True)
    for path in sorted(folder.glob("*.flac")):
        clip = conversations.audible(common.read_sound(path).astype(np.float64))
        for condition, change in conversations.CHANGES.items():
            sound = change(clip, np.ones(len(clip), bool), generator)
            common.write_sound(out / f"{path.stem}-{condition}.wav", sound / max(1, np.abs(sound).max() / 0.95))


def read_conversations(argument):
    heard, folder = (pathlib.Path(part) for part in argument.split("="))
    items = {item["name"]: item for item in json.loads((folder / "conversations.json").read_text())}
    for line in heard.read_text().splitlines():
        row = json.loads(line)
        item = items[pathlib.Path(row["file"]).stem]
        if item["kind"] != "nothing":
            yield Conversation(row, folder, item)


def show(name, talks, scores):
    cells = []
    for wanted in ((True, False), (False,), (True,)):
        own = [score for talk, score in zip(talks, scores) if (talk.condition == "telephone") in wanted]
        right = sum(score["hypothesis_speakers"] == score["reference_speakers"] for score in own) / len(own)
        cells.append(f"{der.rate(own):6.1f} {100 * right:4.0f}")
    print(f"{name:<44}" + "   ".join(cells), flush=True)
    return der.rate(scores)


def main():
    if sys.argv[1] == "--clips":
        return write_clips(pathlib.Path(sys.argv[2]), pathlib.Path(sys.argv[3]))
    clips = Clips(pathlib.Path(sys.argv[1]))
    talks = [talk for argument in sys.argv[2:] for talk in read_conversations(argument)]
    learnt = [clips.without(talk.speakers) for talk in talks]
    alike = [talk.similarity(axes) for talk, (axes, _) in zip(talks, learnt)]
    cosines = [talk.similarity(axes, 0.0) for talk, (axes, _) in zip(talks, learnt)]
    known = list(zip(talks, alike))
    print(f"{len(talks)} conversations".ljust(44) + "   ".join(f"{name:>11}" for name in ("all", "no phone", "phone")))
    show("the program's", talks, [talk.score(by_the_program(talk, own)) for talk, own in known])
    for other in OTHER_THRESHOLDS:
        scores = [talk.score(by_the_program(talk, own, other)) for talk, own in known]
        show(f"the program's, one voice from {other} on", talks, scores)
    given = [talk.score(by_the_program(talk, own, number=len(talk.speakers))) for talk, own in known]
    show("the program's, number given", talks, given)
    show("pieces as the labels say", talks, [talk.score(talk.truth()) for talk in talks])
    for name, matrices in (("spectral", alike), ("spectral, cosines alone", cosines)):
        for fewest in (2, 4, 6):
            scores = [talk.score(by_eigengap(talk, own, fewest)) for talk, own in zip(talks, matrices)]
            show(f"{name}, from {fewest} neighbours on", talks, scores)
    many = [by_the_program(talk, own, MANY_GROUPS, small=False) for talk, own in known]
    for scale, prior in SCALES:
        both = zip(talks, learnt, many)
        scores = [talk.score(by_vbx(talk, model, labels, scale, prior)) for talk, (_, model), labels in both]
        show(f"VBx, Fa {scale}, Fb {prior}", talks, scores)


if __name__ == "__main__":
    main()
