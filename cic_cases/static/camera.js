/* Reads the square code of a card with the browser's own reader. Nothing is kept and nothing is sent
   but the code, which goes where a scanner's does. Where there is no reader, the field remains. */
"use strict";
(() => {
  const EVERY = 150; // milliseconds between two looks
  const CODE = /^[0-9A-Z]{3}(-[0-9A-Z]{3}){1,2}$/; // a card, or the slip of an appointment
  const form = document.querySelector("[data-camera-form]");
  const view = document.querySelector("[data-camera-view]");
  const video = view.querySelector("video");
  let stream = null;

  function stop() {
    for (const track of stream?.getTracks() || []) track.stop();
    stream = null;
  }

  function refused() {
    stop();
    view.hidden = true;
    document.querySelector("[data-camera-refused]").hidden = false;
    form.elements.code.focus();
  }

  function found(code) {
    stop();
    form.elements.by.value = "scanner";
    form.elements.code.value = code;
    form.requestSubmit();
  }

  async function look(reader) {
    if (!stream) return;
    const seen = await reader.detect(video);
    const code = seen.map((one) => one.rawValue.trim().toUpperCase()).find((text) => CODE.test(text));
    if (code) found(code);
    else setTimeout(() => look(reader).catch(refused), EVERY);
  }

  async function start() {
    const reader = new window.BarcodeDetector({ formats: ["qr_code"] });
    stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" }, audio: false });
    video.srcObject = stream;
    view.hidden = false;
    await video.play();
    await look(reader);
  }

  window.addEventListener("pagehide", stop);
  if ("BarcodeDetector" in window && navigator.mediaDevices) start().catch(refused);
  else refused();
})();
