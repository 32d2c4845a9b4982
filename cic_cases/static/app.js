/* What the pages gain where scripts run: the desk's keys, the focus after an error, no second
   submit, the password that can be shown, printing, and answers kept while the language changes.
   Every page works without this file. It is driven by attributes:

   data-key="F8"        on a button or link: the key presses it; on a group or field: jumps there.
                        Names: Esc, ?, F2 … F9, with "Shift " or "Ctrl " before; "Ctrl Enter" saves.
   data-focus           takes the focus when it appears (the summary of errors)
   data-autofocus       takes the focus when the page opens, unless something is wrong
   data-select          its text is selected when it takes the focus (a scanner then overwrites it)
   data-when="name=value"  shown only while that answer of the same form is chosen
   data-reveal="id"     shows and hides the password field of that id
   data-print           prints the page
   data-submit-on-change  on a GET form: a changed answer asks again, and the focus stays with it
   data-menu            a <details> that closes on Esc, or when the focus goes elsewhere
   data-look-again="20" the page is opened again after so many seconds
   data-language        a link to the same page in another language */
"use strict";
(() => {
  const SENDING_ENDS = 15000; // milliseconds after which a button may be pressed again
  const KEPT = "answers"; // in sessionStorage, only from one page to the next
  const CONTROLS = "input:not([type=hidden]):not(:disabled),select:not(:disabled),textarea:not(:disabled),button:not(:disabled)";

  const shown = (element) => element.getClientRects().length > 0;
  const keyed = (key) => [...document.querySelectorAll(`[data-key="${key}"]`)].find(shown);

  /* ── keys ─────────────────────────────────────────────────────────────────────────────── */

  function nameOf(event) {
    const key = event.key === "Escape" ? "Esc" : event.key;
    return (event.ctrlKey || event.metaKey ? "Ctrl " : "") + (event.shiftKey ? "Shift " : "") + key;
  }

  function goTo(place) {
    const inside = place.matches(CONTROLS)
      ? place
      : place.querySelector("input:checked") || place.querySelector(CONTROLS) || place;
    inside.focus();
    inside.scrollIntoView({ block: "nearest" });
  }

  function backToScan(box) {
    box.value = "";
    goTo(box);
  }

  // The form in focus, if it saves something; else the form of the button that names the key.
  function save() {
    const focused = document.activeElement?.closest("form");
    const marked = keyed("Ctrl Enter");
    const form = focused?.method === "post" ? focused : marked?.form;
    if (!form) return false;
    const submit = [...form.elements].filter((one) => one.type === "submit" && !one.disabled);
    const chosen = submit.includes(marked) ? marked : submit[0];
    if (chosen) form.requestSubmit(chosen);
    return Boolean(chosen);
  }

  // Whether a question mark may be part of what is typed here; a code never has one.
  const writes = (place) => place.matches("textarea,input:not([type=radio],[type=checkbox],[data-key=Esc])");

  function press(key) {
    if (key === "Ctrl Enter") return save();
    const place = keyed(key);
    if (!place) return false;
    if (key === "Esc") backToScan(place);
    else if (place.matches("button,a,summary")) place.click();
    else goTo(place);
    return true;
  }

  document.addEventListener("keydown", (event) => {
    if (event.altKey || event.isComposing || event.defaultPrevented) return;
    const name = event.key === "?" ? "?" : nameOf(event);
    if (!/^(Ctrl |Shift )*(Esc|F\d+)$|^Ctrl Enter$|^\?$/.test(name)) return;
    if (name === "?" && writes(event.target)) return;
    if (name === "Esc" && closeMenus()) return event.preventDefault();
    if (event.repeat && name !== "Esc") return event.preventDefault();
    if (press(name)) event.preventDefault();
  });

  /* ── menus ────────────────────────────────────────────────────────────────────────────── */

  function closeMenus(except = null) {
    const open = [...document.querySelectorAll("details[data-menu][open]")].filter((one) => one !== except);
    for (const menu of open) {
      if (menu.contains(document.activeElement)) menu.querySelector("summary").focus();
      menu.open = false;
    }
    return open.length > 0;
  }

  document.addEventListener("click", (event) => closeMenus(event.target.closest("details[data-menu]")));
  document.addEventListener("focusin", (event) => {
    for (const menu of document.querySelectorAll("details[data-menu][open]")) {
      if (!menu.contains(event.target)) menu.open = false;
    }
  });

  /* ── sending once ─────────────────────────────────────────────────────────────────────── */

  const sending = new WeakSet();

  function busy(form, on) {
    if (on) sending.add(form);
    else sending.delete(form);
    for (const button of form.elements) {
      if (button.type !== "submit") continue;
      button.disabled = on;
      if (on) button.setAttribute("aria-busy", "true");
      else button.removeAttribute("aria-busy");
    }
  }

  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (sending.has(form)) return event.preventDefault();
    if (event.defaultPrevented || form.method !== "post") return;
    sending.add(form);
    hidePasswords(form);
    setTimeout(() => busy(form, true)); // after the browser has read the pressed button's value
    setTimeout(() => busy(form, false), SENDING_ENDS);
  });

  const formOf = (event) => (event.target instanceof HTMLFormElement ? event.target : null);
  document.addEventListener("htmx:before:request", (event) => formOf(event) && busy(formOf(event), true));
  document.addEventListener("htmx:finally:request", (event) => formOf(event) && busy(formOf(event), false));
  window.addEventListener("pageshow", (event) => {
    if (event.persisted) for (const form of document.forms) busy(form, false);
  });

  /* ── passwords, printing ──────────────────────────────────────────────────────────────── */

  function reveal(button, visible) {
    const field = document.getElementById(button.dataset.reveal);
    const word = button.querySelector("span");
    if ((field.type === "text") === visible) return;
    field.type = visible ? "text" : "password";
    [word.textContent, button.dataset.other] = [button.dataset.other, word.textContent];
    button.setAttribute("aria-pressed", String(visible));
  }

  function hidePasswords(form) {
    for (const button of form.querySelectorAll("[data-reveal]")) reveal(button, false);
  }

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-reveal],[data-print],.errors a,a[data-language]");
    if (!button) return;
    if (button.matches("[data-reveal]")) reveal(button, button.getAttribute("aria-pressed") !== "true");
    else if (button.matches("[data-print]")) window.print();
    else if (button.matches("a[data-language]")) keepAnswers();
    else if (goToWrong(button.hash)) event.preventDefault();
  });

  function goToWrong(hash) {
    const place = hash && document.getElementById(decodeURIComponent(hash.slice(1)));
    if (place) goTo(place);
    return Boolean(place);
  }

  /* ── answers kept while the language changes: tapped ones only, nothing that was typed ───── */

  const tapped = () => [...document.querySelectorAll("main form[method=post] :is(input[type=radio],input[type=checkbox],option)")];

  function keepAnswers() {
    const state = tapped().map((one) => (one.matches("option") ? one.selected : one.checked));
    sessionStorage.setItem(KEPT, JSON.stringify({ path: location.pathname, state }));
  }

  function giveAnswersBack() {
    const kept = JSON.parse(sessionStorage.getItem(KEPT) || "null");
    sessionStorage.removeItem(KEPT);
    const places = tapped();
    if (!kept || kept.path !== location.pathname || kept.state.length !== places.length) return;
    places.forEach((one, index) => {
      one[one.matches("option") ? "selected" : "checked"] = kept.state[index];
    });
  }

  /* ── questions that follow from an answer ─────────────────────────────────────────────── */

  function showWhatFollows() {
    for (const part of document.querySelectorAll("[data-when]")) {
      const [name, value] = part.dataset.when.split("=");
      const form = part.closest("form");
      part.hidden = !new FormData(form).getAll(name).includes(value);
    }
  }

  document.addEventListener("change", showWhatFollows);
  document.addEventListener("focusin", (event) => {
    if (event.target.matches("input[data-select]")) event.target.select();
  });

  /* ── filters that ask again by themselves ─────────────────────────────────────────────── */

  const ASKS_AFTER = 600; // milliseconds, so that arrow keys can pass through the answers
  const PLACE = "place"; // in sessionStorage, only from one page to the next: id or name of a control
  let asking = 0;

  const placeOf = (control) => control.id ? `#${control.id}` : `[name="${control.name}"][value="${control.value}"]`;

  document.addEventListener("change", (event) => {
    const form = event.target.closest("form[data-submit-on-change]");
    if (!form) return;
    clearTimeout(asking);
    asking = setTimeout(() => {
      const focused = form.contains(document.activeElement) ? document.activeElement : event.target;
      sessionStorage.setItem(PLACE, placeOf(focused));
      form.requestSubmit();
    }, ASKS_AFTER);
  });

  function backToPlace() {
    const place = sessionStorage.getItem(PLACE);
    sessionStorage.removeItem(PLACE);
    const control = place && document.querySelector(`form[data-submit-on-change] ${place}`);
    control?.focus();
    return Boolean(control);
  }

  // A chosen day or time is found again by the keyboard where it was chosen.
  let chosen = null;
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a.day,a.slot");
    chosen = link && (link.matches(".day") ? ".day[aria-current]" : ".slot[aria-current]");
  });

  function backToChosen() {
    const link = chosen && document.querySelector(chosen);
    chosen = null;
    link?.focus();
  }

  /* ── when a page, or a part of it, has arrived ────────────────────────────────────────── */

  function arrive() {
    for (const button of document.querySelectorAll("[data-reveal][hidden],[data-print][hidden]")) button.hidden = false;
    const problem = document.querySelector("[data-focus]");
    if (!problem) return false;
    problem.removeAttribute("data-focus");
    problem.focus();
    return true;
  }

  // The row of this hour is in sight, without moving the page.
  function showNow() {
    const row = document.querySelector(".scroll tr.now");
    const box = row?.closest(".scroll");
    if (box && box.scrollHeight > box.clientHeight) box.scrollTop = row.offsetTop - 2 * row.offsetHeight;
  }

  // What scrolls sideways must be reachable by keyboard.
  function reachScrollers() {
    for (const box of document.querySelectorAll(":is(.scroll,.sheets figure):not([role])")) {
      if (box.scrollWidth > box.clientWidth) box.tabIndex = 0;
      else box.removeAttribute("tabindex");
    }
  }

  const again = document.querySelector("[data-look-again]");
  if (again) setTimeout(() => location.reload(), again.dataset.lookAgain * 1000);

  document.addEventListener("htmx:after:swap", () => arrive() || backToPlace() || backToChosen());
  document.addEventListener("htmx:after:swap", reachScrollers);
  document.addEventListener("htmx:after:swap", showWhatFollows);
  window.addEventListener("resize", reachScrollers);
  reachScrollers();
  showNow();
  giveAnswersBack();
  showWhatFollows();
  if (!arrive() && !backToPlace() && !location.hash) document.querySelector("[data-autofocus]")?.focus();
})();
