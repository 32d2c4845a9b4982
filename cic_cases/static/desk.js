/* What the desk gains where scripts run: a scanner that is heard wherever the cursor is, a board
   that is up to date, and a half-filled form that survives an interruption. Attributes:

   data-scanner         the form a scanned code is sent by; its field «by» says how the code came
   data-camera          the way to the camera, shown where the browser can read codes
   data-live="url"      asks there every ten seconds; elements marked data-part are exchanged by id
   data-live-lost       shown while the asking fails
   data-draft="key"     taps of this form are kept, for this key only: nothing that is typed is */
"use strict";
(() => {
  /* ── the scanner: a keyboard that types faster than people ────────────────────────────── */

  const FASTEST_HAND = 50; // milliseconds between two keys; scanners need 2 to 20
  const SHORTEST_CODE = 6;
  const form = document.querySelector("form[data-scanner]");
  const box = form?.elements.code;
  let burst = "";
  let last = 0;

  const isText = (place) => place.matches("textarea,input:not([type=radio],[type=checkbox],[type=hidden])");

  function listen(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    const quick = event.timeStamp - last < FASTEST_HAND;
    if (event.key === "Enter") return burst.length >= SHORTEST_CODE && quick && scanned(event);
    if (event.key.length !== 1) return;
    last = event.timeStamp;
    burst = quick ? burst + event.key : event.key;
    if (/^[0-9A-Za-z]$/.test(event.key) && !isText(event.target) && !event.target.matches("select")) {
      box.focus(); // the key that goes down now is written here
      box.value = "";
    }
  }

  function scanned(event) {
    const place = event.target;
    if (place !== box && isText(place) && place.value.endsWith(burst)) {
      place.value = place.value.slice(0, -burst.length);
    }
    event.preventDefault();
    box.value = burst;
    form.elements.by.value = "scanner";
    burst = "";
    form.requestSubmit();
  }

  if (form) document.addEventListener("keydown", listen, true);

  // The way to the camera, where the browser can read a card with it.
  const camera = document.querySelector("[data-camera]");
  if (camera) camera.hidden = !("BarcodeDetector" in window && navigator.mediaDevices);

  /* ── the live parts ───────────────────────────────────────────────────────────────────── */

  const EVERY = 10000; // milliseconds
  const live = document.querySelector("[data-live]");
  const lost = document.querySelector("[data-live-lost]");
  let seen = "";
  let asked = 0;

  async function ask() {
    clearTimeout(asked);
    if (document.hidden) return;
    try {
      const headers = seen ? { "If-None-Match": seen } : {};
      const answer = await fetch(live.dataset.live, { headers, cache: "no-store", redirect: "manual" });
      if (answer.type === "opaqueredirect") return location.reload(); // locked or signed out elsewhere
      if (answer.status === 200) exchange(await answer.text());
      else if (answer.status !== 304) throw new Error(String(answer.status));
      seen = answer.headers.get("ETag") || "";
      lost.hidden = true;
    } catch {
      lost.hidden = false;
    }
    asked = setTimeout(ask, EVERY);
  }

  function exchange(text) {
    const fresh = new DOMParser().parseFromString(text, "text/html");
    for (const part of fresh.querySelectorAll("[data-part]")) {
      const old = document.getElementById(part.id);
      if (!old || old.querySelector("[aria-busy]")) continue; // something is just being sent
      const focused = old.contains(document.activeElement) && pathOf(document.activeElement);
      const scrolled = old.querySelector(".scroll")?.scrollTop || 0;
      old.replaceWith(part);
      if (part.querySelector(".scroll")) part.querySelector(".scroll").scrollTop = scrolled;
      if (focused) (part.querySelector(focused) || box)?.focus();
    }
  }

  // Where a control is found again in the same part: its link, or its form and its value.
  function pathOf(control) {
    if (control.matches("a")) return `a[href="${CSS.escape(control.getAttribute("href"))}"]`;
    const sends = control.form && `form[action="${CSS.escape(control.form.getAttribute("action"))}"]`;
    return sends ? `${sends} button${control.value ? `[value="${control.value}"]` : ""}` : ".scroll";
  }

  if (live) {
    asked = setTimeout(ask, EVERY);
    document.addEventListener("visibilitychange", () => document.hidden || ask());
  }

  /* ── the draft: taps only, of one person at one desk, gone at sign-out ────────────────── */

  const DRAFT = "draft";
  const visit = document.querySelector("form[data-draft]");
  const controls = () => [...visit.elements].filter((one) => one.matches("input[type=radio],input[type=checkbox],select"));
  const kept = () => JSON.parse(sessionStorage.getItem(DRAFT) || "null");

  function keep(sent) {
    const taps = controls().filter((one) => one.checked || (one.matches("select") && one.value));
    const answers = taps.map((one) => [one.name, one.value]);
    sessionStorage.setItem(DRAFT, JSON.stringify({ of: visit.dataset.draft, answers, sent }));
  }

  function giveBack() {
    const draft = kept();
    if (!draft || document.querySelector("[data-focus]")) return; // refused: the page has them
    // A new visit that was saved opens its case: without one, the sending met a locked screen.
    const saved = draft.sent && !visit.dataset.draft.endsWith(" ");
    if (saved || draft.of !== visit.dataset.draft) return sessionStorage.removeItem(DRAFT);
    for (const one of controls()) {
      const given = draft.answers.some(([name, value]) => name === one.name && value === one.value);
      if (!one.matches("select")) one.checked = given;
    }
    for (const [name, value] of draft.answers) {
      const list = visit.querySelector(`select[name="${CSS.escape(name)}"]`);
      if (list) list.value = value;
    }
    visit.dispatchEvent(new Event("change", { bubbles: true }));
  }

  if (visit) {
    giveBack();
    visit.addEventListener("change", () => keep(false));
    visit.addEventListener("submit", () => keep(true));
    document.querySelector("form.out")?.addEventListener("submit", () => sessionStorage.removeItem(DRAFT));
  }
})();
