"""Linear models of emotion, and how they are held against speakers and sentences that they do not know."""

import numpy as np
from scipy.optimize import minimize, minimize_scalar

CLIP = 4.0  # standard deviations beyond which a descriptor counts no more
FLOOR = 0.5  # least scale of a baseline, as a part of the usual one
TEN = 10  # bins of calibration


def usual_scale(values, speaker):
    """Median over the speakers of 1.4826 MAD, per descriptor."""
    scales = []
    for one in np.unique(speaker):
        own = values[speaker == one]
        scales.append(1.4826 * np.median(abs(own - np.median(own, 0)), 0))
    return np.median(scales, 0) + 1e-9


def relative(values, speaker, usual):
    """Each clip relative to the speaker's other clips: over their median, in units of their MAD; rows of NaN stay so.

    Without `usual`, the peer's way: over their mean, in units of their deviation.
    """
    found = np.full(values.shape, np.nan)
    for one in np.unique(speaker):
        index = np.flatnonzero((speaker == one) & ~np.isnan(values[:, 0]))
        for here in index:
            others = values[index[index != here]]
            if usual is None:
                found[here] = (values[here] - others.mean(0)) / (others.std(0) + 1e-9)
                continue
            middle = np.median(others, 0)
            scale = np.maximum(1.4826 * np.median(abs(others - middle), 0), FLOOR * usual)
            found[here] = (values[here] - middle) / scale
    return found


def softmax(logits):
    powers = np.exp(logits - logits.max(1, keepdims=True))
    return powers / powers.sum(1, keepdims=True)


def logistic(x, y, kinds, strength):
    """Multinomial logistic regression with L2, classes weighted alike; `strength` is that of one clip as it is."""
    n, p = x.shape
    weight = strength / (kinds * np.bincount(y, minlength=kinds)[y])
    target = np.eye(kinds)[y]

    def loss(flat):
        w, b = flat[: p * kinds].reshape(p, kinds), flat[p * kinds :]
        logits = x @ w + b
        logits -= logits.max(1, keepdims=True)
        powers = np.exp(logits)
        sums = powers.sum(1, keepdims=True)
        value = (weight * (np.log(sums[:, 0]) - (logits * target).sum(1))).sum() + 0.5 * (w**2).sum()
        slope = weight[:, None] * (powers / sums - target)
        return value, np.r_[(x.T @ slope + w).ravel(), slope.sum(0)]

    flat = minimize(loss, np.zeros(p * kinds + kinds), jac=True, method="L-BFGS-B", options={"maxiter": 150}).x
    return flat[: p * kinds].reshape(p, kinds), flat[p * kinds :]


def discriminant(x, y, kinds, shrinkage):
    """Linear discriminant analysis, covariance shrunk towards a multiple of the identity, classes alike."""
    means = np.stack([x[y == kind].mean(0) for kind in range(kinds)])
    rest = x - means[y]
    covariance = rest.T @ rest / len(x)
    p = x.shape[1]
    covariance = (1 - shrinkage) * covariance + shrinkage * np.trace(covariance) / p * np.eye(p)
    weights = np.linalg.solve(covariance, means.T)
    return weights, -0.5 * (means * weights.T).sum(1)


# Each takes descriptors, labels, the number of classes and the number of clips that are not copies.
MEMBERS = {
    "logistic 0.01": lambda x, y, kinds, clips: logistic(x, y, kinds, 0.01 * clips),
    "logistic 0.03": lambda x, y, kinds, clips: logistic(x, y, kinds, 0.03 * clips),
    "discriminant 0.8": lambda x, y, kinds, _: discriminant(x, y, kinds, 0.8),
}
PEER_MEMBERS = {
    f"logistic {c}": (lambda c: lambda x, y, kinds, clips: logistic(x, y, kinds, c * clips))(c) for c in (1.0, 0.1, 0.02)
}
# Whose logits are averaged: that of all, or one alone.
KINDS = {"mean of all": tuple(MEMBERS)} | {name: (name,) for name in MEMBERS}
PEER_KINDS = {name: (name,) for name in PEER_MEMBERS}


class Fitted:
    """Weights of each member over descriptors as they come, at a comparable size: the logits of the training clips have
    unit spread. Standardisation is kept beside them, because values are clipped after it."""

    def __init__(self, x, y, kinds, clips, members):
        self.mean, self.deviation = x.mean(0), x.std(0) + 1e-9
        scaled = self.scaled(x)
        self.members = {}
        for name, method in members.items():
            w, b = method(scaled, y, kinds, clips)
            w, b = w - w.mean(1, keepdims=True), b - b.mean()
            size = (scaled @ w + b).std()
            self.members[name] = (w / size, b / size)

    def scaled(self, x):
        return np.clip((x - self.mean) / self.deviation, -CLIP, CLIP)

    def logits(self, x):
        """Shape (members, clips, classes)."""
        scaled = self.scaled(x)
        return np.stack([scaled @ w + b for w, b in self.members.values()])

    def mean_of(self, names):
        """One linear model again."""
        weights, biases = zip(*(self.members[name] for name in names))
        return np.mean(weights, 0), np.mean(biases, 0)


class Clips:
    """Clips as they are and their copies, in the same order: `values` has the shape (copies, clips, descriptors)."""

    def __init__(self, values, label, speaker, sentence):
        self.values, self.label, self.speaker, self.sentence = values, label, speaker, sentence
        self.known = ~np.isnan(values).any(2)

    def fit(self, wanted, kinds, members):
        """On the clips for which `wanted` holds, and their copies."""
        chosen = self.known & wanted
        label = np.broadcast_to(self.label, chosen.shape)[chosen]
        return Fitted(self.values[chosen], label, kinds, int(wanted.sum()), members)

    def heard(self, model, wanted):
        """Logits of the clips for which `wanted` holds, shape (members, copies, clips, classes)."""
        values = self.values[:, wanted]
        found = model.logits(values.reshape(-1, values.shape[2]))
        return found.reshape(len(found), *values.shape[:2], -1)


def left_out(clips, sentences, kinds, members):
    """Logits of clips by models that know neither their speaker nor one more, by that other speaker.

    Shape (speakers, members, copies, clips, classes); NaN for clips of the one speaker and of `sentences`, which
    no model was trained on. For a fold, these are the clips it is trained on, each by a model without its speaker. Where
    the other speaker is nobody, in the last place, only the clip's own speaker is left out.
    """
    speakers = list(np.unique(clips.speaker))
    rest = ~np.isin(clips.sentence, sentences)
    copies, number, _ = clips.values.shape
    found = np.full((len(speakers) + 1, len(members), copies, number, kinds), np.nan)
    for left, one in enumerate(speakers):
        for right in range(left + 1, len(speakers) + 1):
            other = speakers[right] if right < len(speakers) else ""
            both = (clips.speaker == one) | (clips.speaker == other)
            model = clips.fit(rest & ~both, kinds, members)
            heard = np.flatnonzero(rest & both)
            logits = clips.heard(model, heard)
            mine = clips.speaker[heard] == one
            found[right][:, :, heard[mine]] = logits[:, :, mine]
            if other:
                found[left][:, :, heard[~mine]] = logits[:, :, ~mine]
    return found


def temperature(found, y):
    """By maximum likelihood, classes weighted alike (Guo et al. 2017)."""
    weight = 1.0 / np.bincount(y, minlength=found.shape[1])[y]

    def loss(log_t):
        p = softmax(found / np.exp(log_t))
        return -(weight * np.log(p[np.arange(len(y)), y] + 1e-12)).sum()

    return float(np.exp(minimize_scalar(loss, bounds=(-4, 4), method="bounded").x))


def recall(truth, said, kinds):
    return np.array([(said[truth == kind] == kind).mean() for kind in range(kinds) if (truth == kind).any()])


def score(p, y):
    """What kinds of model are chosen by: unweighted recall, and a little of the likelihood."""
    weight = 1.0 / np.bincount(y)[y]
    likelihood = -(weight * np.log(p[np.arange(len(y)), y] + 1e-12)).sum() / weight.sum()
    return recall(y, p.argmax(1), p.shape[1]).mean() - 0.2 * likelihood


def averaged(logits, kind, members):
    """Logits of a kind of model from those of the members, which come first."""
    return np.mean([logits[list(members).index(name)] for name in kind], 0)


def calibration_error(p, y):
    """Expected calibration error of the most likely class, ten equal bins."""
    confidence, right = p.max(1), p.argmax(1) == y
    bins = np.minimum((confidence * TEN).astype(int), TEN - 1)
    return sum(abs(confidence[bins == b].mean() - right[bins == b].mean()) * (bins == b).mean() for b in np.unique(bins))


def threshold(p, y, wanted):
    """Lowest confidence from which on at least `wanted` of the answers are right, and how many are left."""
    confidence, right = p.max(1), p.argmax(1) == y
    for least in np.arange(max(0.30, 1 / p.shape[1]), 0.96, 0.01):
        kept = confidence >= least
        if kept.sum() >= 20 and right[kept].mean() >= wanted:
            return round(float(least), 2), float(right[kept].mean()), float(kept.mean())
    return 1.0, float("nan"), 0.0
