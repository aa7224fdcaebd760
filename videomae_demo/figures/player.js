// The page's one script: the current frame, in all figures at once, without a round trip to the server.
//
// Figures say what they are in layout.meta (videomae_demo/figures): "stage" is the large frame, "time" the strip with
// the importance curve and the clip's time line. Gradio makes a new Plotly element for every new value, so an observer
// brings each new one to the current frame before it is painted.
() => {
  const state = { frame: 7, opacity: 0.8, playing: false, timer: null, wanted: null };
  const figures = {};

  const plotIn = (id) => document.querySelector(`#${id} .js-plotly-plot`);
  const kind = (figure) => figure && figure.layout && figure.layout.meta && figure.layout.meta.kind;
  const traceIndex = (figure, name) => figure.data.findIndex((trace) => trace.name === name);
  const numFrames = () => (figures.stage || figures.timeline)?.layout.meta.num_frames ?? 0;

  function moveStage(figure, frame) {
    Plotly.relayout(figure, { "xaxis.range": [frame, frame + 1] });
  }

  function moveMarks(figure, frame) {
    const meta = figure.layout.meta;
    const first = frame - (frame % meta.tubelet_size);
    const [left, right] = meta.cells[frame];
    const moment = meta.moments?.[frame]; // only a figure with the clip's line has them
    const places = {
      "mark-frame": { x0: left, x1: right },
      "mark-slice": { x0: first, x1: first + meta.tubelet_size },
      "mark-lead": { x0: frame + 0.5, x1: moment },
      "mark-moment": { xanchor: moment },
    };
    const change = {};
    figure.layout.shapes.forEach((shape, index) => {
      for (const [name, value] of Object.entries(places[shape.name] ?? {})) change[`shapes[${index}].${name}`] = value;
    });
    const bars = traceIndex(figure, "importance");
    if (bars < 0) return Plotly.relayout(figure, change);
    const colours = meta.bar_colours[Math.floor(frame / meta.tubelet_size)];
    return Plotly.update(figure, { "marker.color": [colours] }, change, [bars]);
  }

  function keepInSight(figure, frame) {
    const box = document.getElementById("timeline");
    if (!box || box.scrollWidth <= box.clientWidth) return;
    const x = figure._fullLayout.xaxis._offset + figure._fullLayout.xaxis.l2p(frame + 0.5);
    box.scrollLeft = x - box.clientWidth / 2;
  }

  function caption(frame) {
    document.documentElement.style.setProperty("--frame", frame); // films follow it by style alone (films.css)
    const meta = figures.stage?.layout.meta;
    if (!meta || !meta.pts_seconds) return;
    const slices = meta.num_frames / meta.tubelet_size;
    const text =
      inWords("Frame {frame} of {frames} · {seconds} s · number {number} in the clip · slice {slice} of {slices}", {
        frame: frame + 1,
        frames: meta.num_frames,
        seconds: inNumbers(meta.pts_seconds[frame], 2),
        number: meta.indices[frame],
        slice: Math.floor(frame / meta.tubelet_size) + 1,
        slices,
      });
    const place = document.getElementById("frame-caption");
    if (place) place.textContent = text;
    document.querySelector("#frame input[type=range]")?.setAttribute("aria-valuetext", text);
  }

  // One redraw per painted picture, however fast the pointer moves.
  function show(frame) {
    const count = numFrames();
    if (!count) {
      state.frame = Math.max(frame, 0); // the first figure comes up with it
      return;
    }
    const asked = state.wanted !== null;
    state.wanted = Math.min(Math.max(frame, 0), count - 1);
    if (asked) return;
    requestAnimationFrame(() => {
      const next = state.wanted;
      state.wanted = null;
      if (next === state.frame) return;
      state.frame = next;
      if (figures.stage) moveStage(figures.stage, next);
      if (figures.timeline) {
        moveMarks(figures.timeline, next);
        keepInSight(figures.timeline, next);
      }
      followers.forEach(bring);
      caption(next);
      setSlider(next + 1);
      if (!state.playing) seek(next);
      document.dispatchEvent(new Event("videomae:frame"));
    });
  }

  function setSlider(value) {
    const range = document.querySelector("#frame input[type=range]");
    if (!range || Number(range.value) === value) return;
    Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, "value").set.call(range, value);
    range.dispatchEvent(new Event("input", { bubbles: true }));
  }

  function setOpacity(opacity) {
    state.opacity = opacity;
    for (const figure of Object.values(figures)) {
      const map = traceIndex(figure, "map");
      if (map >= 0) Plotly.restyle(figure, { opacity }, [map]);
    }
  }

  // Play: the clip is the clock where the browser plays it, and frames and map follow it; elsewhere, and for a clip
  // whose file is not shown yet, each frame stays until the next one's moment, the last as long as the one before.
  const times = () => figures.stage?.layout.meta.pts_seconds;
  // The clip, and not the camera's picture, which stands in its place while one records.
  const clip = () => document.querySelector("#clip video:not([data-testid='webcam-video'])");
  const isClock = (film) => film && film.readyState >= 1 && !film.error && Number.isFinite(film.duration);
  const stays = (moments) => (moments.length > 1 ? moments.at(-1) - moments.at(-2) : 1);
  const frameAt = (seconds, moments) => Math.max(moments.findLastIndex((moment) => moment <= seconds + 0.01), 0);

  function play() {
    if (!times()) return;
    state.playing = true;
    labelPlay();
    const film = clip();
    if (!isClock(film)) return step();
    seek(state.frame === times().length - 1 ? 0 : state.frame);
    film.play().then(follow, step);
  }

  function follow() {
    const [film, moments] = [clip(), times()];
    if (!state.playing) return;
    if (!isClock(film) || !moments) return stop();
    const end = Math.min(moments.at(-1) + stays(moments), film.duration);
    if (film.ended || film.currentTime >= end - 0.02) {
      film.currentTime = moments[0];
      film.play().catch(() => {}); // paused before it began
    }
    show(frameAt(film.currentTime, moments));
    state.timer = requestAnimationFrame(follow);
  }

  function step() {
    const moments = times();
    if (!moments || !state.playing) return stop();
    const here = state.frame;
    const next = (here + 1) % moments.length;
    const until = next > 0 ? moments[next] - moments[here] : stays(moments);
    state.timer = setTimeout(() => {
      show(next);
      step();
    }, Math.min(Math.max(1000 * until, 30), 2000));
  }

  function stop() {
    clearTimeout(state.timer);
    cancelAnimationFrame(state.timer);
    state.timer = null;
    const played = state.playing;
    state.playing = false;
    if (played) {
      clip()?.pause();
      seek(state.frame);
    }
    labelPlay();
    document.dispatchEvent(new Event("videomae:frame"));
  }

  // The clip shows the moment of the current frame; while it is still looking for one, it is asked again afterwards.
  let sought = null; // the frame that the clip was told to show, and where in the clip that is
  function seek(frame) {
    const [film, moments] = [clip(), times()];
    if (!moments || !isClock(film) || film.seeking) return;
    film.currentTime = Math.min(moments[frame], film.duration);
    sought = { frame, at: film.currentTime };
  }

  // The clip's own controls play and seek all of it, too. (Events of media do not bubble: they are caught on their way.)
  const ofClip = (event) => event.target === clip();
  document.addEventListener("play", (event) => {
    if (!ofClip(event) || state.playing || !times()) return;
    state.playing = true;
    labelPlay();
    follow();
  }, true);
  document.addEventListener("pause", (event) => {
    if (ofClip(event) && state.playing && !event.target.ended) stop();
  }, true);
  // A recording says in no place how long it is: the browser knows once it was at the end.
  let measured = null; // the film that is being looked through
  document.addEventListener("loadedmetadata", (event) => {
    if (!ofClip(event) || event.target.duration !== Infinity) return;
    measured = event.target;
    measured.currentTime = Number.MAX_SAFE_INTEGER;
  }, true);
  document.addEventListener("seeked", (event) => {
    const moments = times();
    if (event.target === measured) {
      measured = null;
      return seek(state.frame);
    }
    if (!ofClip(event) || state.playing || !moments) return;
    // Known by the place, not by the count: a search that ends may be heard of after the next one has begun. And a
    // short clip's last frame may be shown many times, so that the place does not say which of them it is.
    const told = sought !== null && Math.abs(event.target.currentTime - sought.at) < 0.001;
    if (!told) show(frameAt(event.target.currentTime, moments)); // by the clip's own controls
    else if (sought.frame !== state.frame) seek(state.frame);
  }, true);
  document.addEventListener("loadeddata", (event) => ofClip(event) && !state.playing && seek(state.frame), true);

  function labelPlay() {
    const button = document.getElementById("play");
    if (button) button.textContent = state.playing ? inWords("❚❚ Pause") : inWords("▶ Play");
  }

  function adopt(id, figure) {
    if (kind(figure) !== "stage" && kind(figure) !== "time") {
      delete figures[id];
      if (id === "stage" && kind(figure) === "placeholder") document.getElementById("frame-caption").textContent = "\u00a0";
      return;
    }
    figures[id] = figure;
    state.frame = Math.min(state.frame, figure.layout.meta.num_frames - 1);
    if (id === "stage") {
      moveStage(figure, state.frame);
      caption(state.frame);
      if (!state.playing) seek(state.frame);
    } else {
      moveMarks(figure, state.frame);
      keepInSight(figure, state.frame);
    }
    const map = traceIndex(figure, "map");
    if (map >= 0 && figure.data[map].opacity !== state.opacity) Plotly.restyle(figure, { opacity: state.opacity }, [map]);
  }

  // Stages and strips in the tabs follow, too, while they are in sight.
  const followers = new Map(); // figure -> { inSight, frame }
  const sight = new IntersectionObserver((entries) => {
    for (const { target, isIntersecting } of entries) {
      const follower = followers.get(target);
      if (!follower) continue;
      follower.inSight = isIntersecting;
      bring(follower, target);
    }
  });

  function bring(follower, figure) {
    if (!figure.isConnected) {
      followers.delete(figure);
      sight.unobserve(figure);
      return;
    }
    const frame = Math.min(state.frame, figure.layout.meta.num_frames - 1);
    if (!follower.inSight || follower.frame === frame) return;
    follower.frame = frame;
    (kind(figure) === "stage" ? moveStage : moveMarks)(figure, frame);
  }

  function adoptFollowers() {
    for (const figure of document.querySelectorAll(".js-plotly-plot")) {
      if (followers.has(figure) || figure.closest("#stage, #timeline")) continue;
      if (kind(figure) !== "stage" && kind(figure) !== "time") continue;
      followers.set(figure, { inSight: false, frame: null });
      sight.observe(figure);
    }
  }

  const known = {};
  new MutationObserver(() => {
    document.querySelector("#clip video:not([aria-label])")?.setAttribute("aria-label", inWords("The clip"));
    // On a phone the time line scrolls sideways; with the keyboard, too, once it can be focused.
    document.querySelector("#timeline:not([tabindex])")?.setAttribute("tabindex", "0");
    for (const id of ["stage", "timeline"]) {
      const figure = plotIn(id);
      if (figure && figure.layout && known[id] !== figure) {
        known[id] = figure;
        adopt(id, figure);
      }
    }
    adoptFollowers();
  }).observe(document.body, { childList: true, subtree: true });

  // Pointing at the strip, the curve or the clip's line moves all of them.
  function point(event) {
    const figure = event.target.closest?.("#timeline .js-plotly-plot");
    if (!figure || figure !== figures.timeline || (state.playing && event.type === "pointermove")) return;
    const { xaxis, yaxis3 } = figure._fullLayout;
    const box = figure.getBoundingClientRect();
    const x = xaxis.p2l(event.clientX - box.left - xaxis._offset);
    const meta = figure.layout.meta;
    const onClip = event.clientY - box.top > yaxis3._offset + 0.7 * yaxis3._length;
    if (onClip) {
      const distances = meta.moments.map((moment) => Math.abs(moment - x));
      show(distances.indexOf(Math.min(...distances)));
    } else if (x >= 0 && x < meta.num_frames) {
      show(Math.floor(x));
    }
  }
  // Gradio's sliders are let go by a pointer only; here a key that goes up lets them go, too.
  document.addEventListener("keyup", (event) => {
    if (!event.target.matches?.("input[type=range]") || event.key === "Tab") return;
    event.target.dispatchEvent(new PointerEvent("pointerup", { bubbles: true }));
  });
  document.addEventListener("pointermove", point);
  document.addEventListener("pointerdown", point);

  // The camera in the clip's place, in sight, and asked for at once: Gradio would wait for another press, in English.
  function record() {
    const clip = document.querySelector("#clip");
    clip.querySelector("button[aria-label='Capture from camera']")?.click();
    clip.scrollIntoView({ block: "nearest" });
    let tries = 60; // frames that its parts may take to come
    const ask = () => {
      const button = clip.querySelector("[title='grant webcam access'] button");
      if (button) button.click();
      else if (tries--) requestAnimationFrame(ask);
    };
    ask();
  }

  window.videomae = {
    show,
    setOpacity,
    pause: stop,
    step: (by) => {
      stop();
      const count = numFrames();
      if (count) show((state.frame + by + count) % count);
    },
    record,
    play: () => (state.playing ? stop() : play()),
    state,
  };
}
