/* A screen that nobody touched for ten minutes is locked, so that nothing of it stays to be read.
   What was begun and not yet sent is left where it is: the server locks too, and keeps it sealed
   when it is sent. Without scripts only the server locks. */
"use strict";
(() => {
  const lock = document.querySelector("form[data-lock-after]");
  if (!lock) return;
  const after = Number(lock.dataset.lockAfter) * 1000; // milliseconds
  let touched = Date.now();
  let begun = false;

  const here = () => { touched = Date.now(); };
  for (const sign of ["pointerdown", "keydown", "wheel", "touchstart"]) {
    document.addEventListener(sign, here, { passive: true, capture: true });
  }
  document.addEventListener("input", (event) => {
    if (event.target.form?.method === "post") begun = true;
  });
  setInterval(() => {
    if (!begun && Date.now() - touched > after) lock.requestSubmit();
  }, 5000);
})();
