/* The waiting room's screen looks every few seconds and chimes for a number that is called anew.
   Browsers allow sound only after a touch, unless the screen is started to allow it: until then a
   button offers it. */
"use strict";
(() => {
  const { again, every } = document.body.dataset;
  const button = document.querySelector("[data-sound]");
  const sound = new AudioContext();
  const NOTES = [659.25, 523.25]; // hertz: a third down, as at a door
  let seen = "";

  function chime() {
    NOTES.forEach((pitch, index) => {
      const start = sound.currentTime + index * 0.45;
      const tone = new OscillatorNode(sound, { frequency: pitch });
      const volume = new GainNode(sound, { gain: 0 });
      volume.gain.setValueAtTime(0, start);
      volume.gain.linearRampToValueAtTime(0.4, start + 0.02);
      volume.gain.exponentialRampToValueAtTime(0.001, start + 0.9);
      tone.connect(volume).connect(sound.destination);
      tone.start(start);
      tone.stop(start + 1);
    });
  }

  function offerSound() {
    button.hidden = sound.state === "running";
  }

  async function look() {
    try {
      const headers = seen ? { "If-None-Match": seen } : {};
      const answer = await fetch(again, { headers, cache: "no-store" });
      if (answer.status === 200) show(await answer.text());
      seen = answer.headers.get("ETag") || seen;
      document.body.classList.toggle("gone", answer.status === 404);
    } catch {
      document.body.classList.add("gone"); // greyed: what is shown may be old
    }
    setTimeout(look, every * 1000);
  }

  function show(text) {
    const fresh = new DOMParser().parseFromString(text, "text/html").getElementById("screen");
    const old = document.getElementById("screen");
    if (!fresh) return;
    const called = fresh.dataset.call && fresh.dataset.call !== old.dataset.call;
    document.documentElement.lang = fresh.lang;
    old.replaceWith(fresh);
    if (called) chime();
  }

  button.addEventListener("click", () => sound.resume().then(chime));
  sound.addEventListener("statechange", offerSound);
  offerSound();
  setTimeout(look, every * 1000);
})();
