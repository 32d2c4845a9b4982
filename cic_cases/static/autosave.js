/* What is typed into a form with data-autosave is kept as a draft on the server, some seconds after
   the last key. The answer is JSON: `saved`, a sentence, and `warnings` about what should not be
   in the text; both are said in the form's [data-saved]. Without this file a button does the same. */
"use strict";
(() => {
  const AFTER = 2500; // milliseconds of silence

  for (const form of document.querySelectorAll("form[data-autosave]")) {
    const text = form.querySelector("textarea");
    const told = form.querySelector("[data-saved]");
    let waiting = 0;
    let kept = text.value;
    let leaving = false;

    const say = (lines) => told.replaceChildren(...lines.map((line) => {
      const part = document.createElement("span");
      part.className = "block";
      part.textContent = line;
      return part;
    }));

    async function keep() {
      if (leaving || text.value === kept) return;
      const typed = text.value;
      const body = new FormData(form);
      const answer = await fetch(form.dataset.autosave, {
        method: "POST", body, headers: { Accept: "application/json" }, credentials: "same-origin", redirect: "error",
      }).catch(() => null);
      if (!answer?.ok) return;
      kept = typed;
      const { saved, warnings } = await answer.json();
      say([saved, ...warnings]);
    }

    text.addEventListener("input", () => {
      clearTimeout(waiting);
      waiting = setTimeout(keep, AFTER);
    });
    form.addEventListener("submit", () => {
      leaving = true;
      clearTimeout(waiting);
    });
    document.addEventListener("visibilitychange", () => document.hidden && keep());
  }
})();
