'use strict';
// Plays the place of a word, an utterance, a finding or a point of a plot; follows the words while playing.
// Works on what the page holds; asks nothing of any other place.
(function () {
  const sound = document.getElementById('sound');
  if (!sound) return;
  document.body.setAttribute('data-sound', '');
  const toggle = document.getElementById('toggle');
  const now = document.getElementById('now');
  const seek = document.getElementById('seek');
  const follow = document.getElementById('follow');
  const list = document.getElementById('words');
  const main = document.getElementById('report');

  // Words with times, sorted by start, so that the current one is found by halving.
  const words = list ? Array.from(list.querySelectorAll('.w[data-s]'), function (element) {
    return { element: element, start: Number(element.dataset.s), end: Number(element.dataset.e) };
  }).sort(function (one, other) { return one.start - other.start; }) : [];
  const plots = Array.from(document.querySelectorAll('svg.plot'), function (svg) {
    const read = function (name) { return Number(svg.dataset[name]); };
    return { svg: svg, head: svg.querySelector('line.head'), from: read('from'), to: read('to'), left: read('left'), right: read('right'), width: read('width') };
  });

  let until = Infinity;
  let current = null;

  function clock(seconds) {
    const tenths = Math.max(0, Math.floor(seconds * 10 + 1e-6));
    const pad = function (number) { return String(number).padStart(2, '0'); };
    const hours = Math.floor(tenths / 36000);
    const minutes = Math.floor(tenths / 600) % 60;
    const rest = pad(Math.floor(tenths / 10) % 60) + '.' + tenths % 10;
    return hours ? hours + ':' + pad(minutes) + ':' + rest : minutes + ':' + rest;
  }

  function playFrom(from, to) {
    until = to === undefined ? Infinity : to;
    sound.currentTime = from;
    sound.play().catch(function () {});
    show();
  }

  function wordAt(time) {
    let low = 0;
    let high = words.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (words[middle].start <= time) low = middle + 1; else high = middle;
    }
    const word = words[low - 1];
    // A word stays lit through a short silence after it, so that the mark does not flicker.
    return word && time < Math.max(word.end, word.start + 0.05) + 0.15 ? word.element : null;
  }

  function mark(element) {
    if (element === current) return;
    if (current) {
      current.classList.remove('now');
      current.closest('.line').classList.remove('active');
    }
    current = element;
    if (!element) return;
    element.classList.add('now');
    element.closest('.line').classList.add('active');
    if (follow.checked && !sound.paused) {
      const box = element.getBoundingClientRect();
      const listBox = list.getBoundingClientRect();
      const reading = listBox.top < innerHeight && listBox.bottom > 0;
      if (reading && (box.top < 0 || box.bottom > innerHeight - 90)) element.scrollIntoView({ block: 'center' });
    }
  }

  function show() {
    const time = sound.currentTime;
    now.textContent = clock(time);
    seek.value = String(time);
    seek.setAttribute('aria-valuetext', clock(time));
    mark(wordAt(time));
    for (const plot of plots) {
      const inside = time >= plot.from && time <= plot.to && plot.to > plot.from;
      plot.head.classList.toggle('on', inside);
      if (inside) {
        const x = (plot.left + (time - plot.from) / (plot.to - plot.from) * (plot.right - plot.left)).toFixed(1);
        plot.head.setAttribute('x1', x);
        plot.head.setAttribute('x2', x);
      }
    }
  }

  function tick() {
    if (sound.currentTime >= until) {
      until = Infinity;
      sound.pause();
    }
    show();
    if (!sound.paused) requestAnimationFrame(tick);
  }

  function state() {
    const playing = !sound.paused;
    document.body.classList.toggle('playing', playing);
    toggle.setAttribute('aria-label', playing ? toggle.dataset.pause : toggle.dataset.play);
    if (playing) requestAnimationFrame(tick);
  }

  function turn() {
    until = Infinity;
    if (sound.paused) sound.play().catch(function () {}); else sound.pause();
  }

  sound.addEventListener('play', state);
  sound.addEventListener('pause', state);
  sound.addEventListener('seeked', show);
  toggle.addEventListener('click', turn);
  seek.addEventListener('input', function () { until = Infinity; sound.currentTime = Number(seek.value); show(); });
  document.getElementById('speed').addEventListener('change', function (event) {
    sound.playbackRate = Number(event.target.value);
  });

  main.addEventListener('click', function (event) {
    const word = event.target.closest('.words .w[data-s]');
    if (word) {
      // A selection is being made to copy the words, not to hear them.
      if (String(getSelection())) return;
      playFrom(Number(word.dataset.s));
      return;
    }
    const plot = event.target.closest('svg.plot');
    if (plot) {
      const entry = plots.find(function (candidate) { return candidate.svg === plot; });
      const box = plot.getBoundingClientRect();
      const x = (event.clientX - box.left) / box.width * entry.width;
      const share = Math.min(1, Math.max(0, (x - entry.left) / (entry.right - entry.left)));
      playFrom(entry.from + share * (entry.to - entry.from));
      return;
    }
    const place = event.target.closest('button[data-from], a[data-from]');
    if (place) playFrom(Number(place.dataset.from), place.dataset.until === undefined ? undefined : Number(place.dataset.until));
  });

  function focusWord(element) {
    if (!element) return;
    element.tabIndex = -1;
    element.focus();
  }

  // From the button of an utterance, the right arrow enters its words; from word to word with the arrows.
  function neighbour(from, step) {
    if (from.matches('button.start')) return step > 0 ? from.parentElement.querySelector('.w') : null;
    const line = from.closest('.line');
    const inLine = Array.from(line.querySelectorAll('.w'));
    const next = inLine[inLine.indexOf(from) + step];
    if (next) return next;
    const other = step > 0 ? line.nextElementSibling : line.previousElementSibling;
    const there = other ? other.querySelectorAll('.w') : [];
    return step > 0 ? there[0] : there[there.length - 1];
  }

  document.addEventListener('keydown', function (event) {
    if (event.altKey || event.ctrlKey || event.metaKey || event.defaultPrevented) return;
    const target = event.target;
    if (target.matches('input, select, textarea')) return;
    const onWord = target.matches('.words .w');
    if (event.key === ' ' || event.key === 'Spacebar') {
      if (target.matches('button, a, summary')) return;
      event.preventDefault();
      turn();
    } else if (event.key === 'Enter' && onWord && target.dataset.s !== undefined) {
      event.preventDefault();
      playFrom(Number(target.dataset.s));
    } else if (event.key === 'ArrowRight' || event.key === 'ArrowLeft') {
      const step = event.key === 'ArrowRight' ? 1 : -1;
      event.preventDefault();
      if (onWord || target.matches('.line button.start')) focusWord(neighbour(target, step));
      else {
        until = Infinity;
        sound.currentTime = Math.max(0, sound.currentTime + 5 * step);
        show();
      }
    }
  });
})();
