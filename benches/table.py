"""Writes the comparison of README.md and README.ko.md from results in benches/runs/: table.py ACCURACY.json SPEED.json."""

import json
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
SYSTEMS = {"voiceman weights8": "voiceman", "faster-whisper int8": "faster-whisper int8"}
WORDS = {
    "README.md": {
        "machine": "Measured on {date} on {cores} cores of {name} by `make bench`: {files}.",
        "errors": "errors, beam 5",
        "unit": "WER % / CER %",
        "language": "{language}, {words} words, recordings: {recordings}",
        "hearings": ("as they are", "the samples in made-up conditions"),
        "beyond": "word errors beyond the peer's, 95 % interval",
        "speed": "{minutes} minutes, beam 5, whole process",
        "columns": ("seconds", "times real time", "peak memory", "WER"),
    },
    "README.ko.md": {
        "machine": "{date}, {name} 코어 {cores}개에서 `make bench`로 쟀습니다: {files}.",
        "errors": "오류, 빔 5",
        "unit": "단어 오류율 % / 글자 오류율 %",
        "language": "{language}, 녹음 {recordings}개, 단어 {words}개",
        "hearings": ("있는 그대로", "표본을 만들어 낸 조건에서"),
        "beyond": "비교 대상보다 많은 단어 오류, 95 % 구간",
        "speed": "{minutes}분, 빔 5, 프로세스 전체",
        "columns": ("초", "실시간의 배수", "최대 메모리", "단어 오류율"),
    },
}


def table(header, rows):
    lines = ["| " + " | ".join(header) + " |", "|" + "---|" * len(header)]
    return "\n".join(lines + ["| " + " | ".join(row) + " |" for row in rows])


def text(words, accuracy, speed, files):
    machine = accuracy["machine"]
    spoken = accuracy["systems"]["voiceman weights8"]["by_language"]
    languages = sorted(spoken)
    columns = [
        words["language"].format(
            language=language,
            words=spoken[language]["words"],
            recordings=accuracy["systems"]["voiceman weights8"]["beyond_peer"][language]["recordings"],
        )
        for language in languages
    ]
    error_rows = [
        [f"{shown}, {hearing}"]
        + [
            f"{numbers['wer_percent']:.1f} / {numbers['cer_percent']:.1f}"
            for numbers in (accuracy["systems"][name][key][language] for language in languages)
        ]
        for key, hearing in zip(("by_language", "made_up_by_language"), words["hearings"])
        for name, shown in SYSTEMS.items()
    ]
    beyond = accuracy["systems"]["voiceman weights8"]["beyond_peer"]
    error_rows.insert(
        len(SYSTEMS),
        [words["beyond"]]
        + ["{points:+.1f} ({:+.1f}…{:+.1f})".format(*at["interval"], **at) for at in map(beyond.get, languages)],
    )
    speed_rows = [
        [name, f"{numbers['median_seconds']:.1f}", f"{numbers['times_real_time']:.1f}", f"{numbers['peak_mb']} MB"]
        + [f"{numbers['wer_percent']:.1f} %"]
        for name, numbers in speed["systems"].items()
    ]
    minutes = f"{speed['recording_seconds'] / 60:.1f}"
    return "\n\n".join(
        [
            words["machine"].format(
                date=accuracy["date"], cores=machine["cores"], name=machine["processor"]["name"], files=files
            ),
            table([f"{words['errors']} ({words['unit']})", *columns], error_rows),
            table([words["speed"].format(minutes=minutes), *words["columns"]], speed_rows),
        ]
    )


def main():
    paths = [pathlib.Path(argument).resolve() for argument in sys.argv[1:3]]
    accuracy, speed = (json.loads(path.read_text()) for path in paths)
    files = ", ".join(f"`{path.relative_to(ROOT)}`" for path in paths)
    for name, words in WORDS.items():
        readme = ROOT / name
        between = f"<!-- bench:begin -->\n{text(words, accuracy, speed, files)}\n<!-- bench:end -->"
        pattern = re.compile("<!-- bench:begin -->.*<!-- bench:end -->", re.DOTALL)
        readme.write_text(pattern.sub(lambda _: between, readme.read_text()))


if __name__ == "__main__":
    main()
