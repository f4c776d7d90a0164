"""What the scripts here ask of Praat (through parselmouth) alike."""

import math


def rounded(value, digits):
    """For JSON: nothing where Praat has no value."""
    return None if value is None or not math.isfinite(value) else round(float(value), digits)


def pitch_of(sound, floor=75.0, ceiling=500.0, time_step=None):
    """Praat's "To Pitch (ac)...", all its standard settings written out; without a time step it is 0.75 / floor."""
    return sound.to_pitch_ac(
        time_step=time_step,
        pitch_floor=floor,
        max_number_of_candidates=15,
        very_accurate=False,
        silence_threshold=0.03,
        voicing_threshold=0.45,
        octave_cost=0.01,
        octave_jump_cost=0.35,
        voiced_unvoiced_cost=0.14,
        pitch_ceiling=ceiling,
    )
