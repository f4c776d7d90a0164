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
        "language": "{language}, {words} words",
        "speed": "{minutes} minutes, beam 5, whole process",
        "columns": ("seconds", "times real time", "peak memory", "WER"),
    },
    "README.ko.md": {
        "machine": "{date}, {name} 코어 {cores}개에서 `make bench`로 쟀습니다: {files}.",
        "errors": "오류, 빔 5",
        "unit": "단어 오류율 % / 글자 오류율 %",
        "language": "{language}, 단어 {words}개",
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
    columns = [words["language"].format(language=language, words=spoken[language]["words"]) for language in languages]
    error_rows = [
        [shown]
        + [
            f"{numbers['wer_percent']:.1f} / {numbers['cer_percent']:.1f}"
            for numbers in (accuracy["systems"][name]["by_language"][language] for language in languages)
        ]
        for name, shown in SYSTEMS.items()
    ]
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
