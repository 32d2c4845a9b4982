/* A long list in which one types: <select data-typeahead> stays in the form and holds the answer,
   and a field with suggestions stands in its place. Without scripts it is the list it always was.

   data-typeahead="name"  the tiles that ask the same: one chosen there empties the list, one chosen
                          in the list unchecks the tiles. Empty: there are none. */
"use strict";
(() => {
  const MOST = 8; // suggestions shown at once
  const TAP = 500; // milliseconds in which a change follows the pointer that caused it
  const SLOW_LETTERS = { ł: "l", ø: "o", ı: "i", đ: "d" }; // letters Unicode does not take apart

  const fold = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase().replace(/[łøıđ]/g, (one) => SLOW_LETTERS[one]);

  // What begins with the typed letters, then what has a word that does, then what holds them.
  function found(options, typed) {
    const wanted = fold(typed.trim());
    const rank = (name) => {
      const place = name.indexOf(wanted);
      if (place <= 0) return place;
      return /[\s(-]/.test(name[place - 1]) ? 1 : 2;
    };
    const ranked = options.map((one) => [rank(one.name), one]).filter(([place]) => place >= 0);
    return ranked.sort((a, b) => a[0] - b[0]).slice(0, MOST).map(([, one]) => one);
  }

  function grow(select) {
    const options = [...select.options].filter((one) => one.value).map((one) => ({ value: one.value, label: one.label, name: fold(one.label) }));
    const box = document.createElement("div");
    const field = document.createElement("input");
    const list = document.createElement("ul");
    const tiles = () => [...select.form.querySelectorAll(`input[type=radio][name="${select.dataset.typeahead}"]`)];
    let shown = [];
    let at = -1;

    const attributes = { type: "text", role: "combobox", autocomplete: "off", spellcheck: "false", "aria-autocomplete": "list", "aria-expanded": "false", "aria-controls": `${select.id}-all`, placeholder: select.options[0].label };
    for (const [name, value] of Object.entries(attributes)) field.setAttribute(name, value);
    for (const name of ["aria-describedby", "aria-invalid"]) {
      if (select.hasAttribute(name)) field.setAttribute(name, select.getAttribute(name));
    }
    box.className = "typeahead";
    list.id = `${select.id}-all`;
    list.setAttribute("role", "listbox");
    list.setAttribute("aria-label", select.labels[0]?.textContent || select.options[0].label);
    list.hidden = true;
    field.id = select.id; // the label and the summary of errors lead here
    select.id = `${select.id}-list`;
    select.hidden = true;
    select.after(box);
    box.append(field, list);

    const said = () => (select.value ? select.selectedOptions[0].label : "");

    function open(matches) {
      shown = matches;
      list.replaceChildren(...matches.map((one, index) => {
        const row = document.createElement("li");
        row.id = `${list.id}-${index}`;
        row.setAttribute("role", "option");
        row.textContent = one.label;
        return row;
      }));
      list.hidden = matches.length === 0;
      field.setAttribute("aria-expanded", String(matches.length > 0));
      point(matches.length ? 0 : -1);
    }

    function point(index) {
      at = index;
      [...list.children].forEach((row, place) => row.setAttribute("aria-selected", String(place === index)));
      if (index < 0) field.removeAttribute("aria-activedescendant");
      else field.setAttribute("aria-activedescendant", list.children[index].id);
    }

    function choose(value) {
      const changed = select.value !== value;
      select.value = value;
      field.value = said();
      open([]);
      if (value) for (const tile of tiles()) tile.checked = false;
      if (changed) select.dispatchEvent(new Event("change", { bubbles: true }));
    }

    field.addEventListener("input", () => (field.value.trim() ? open(found(options, field.value)) : choose("")));
    field.addEventListener("blur", () => {
      const only = found(options, field.value);
      if (!field.value.trim()) choose("");
      else if (field.value !== said()) choose(only.length === 1 ? only[0].value : select.value);
      open([]);
    });
    field.addEventListener("keydown", (event) => {
      const steps = { ArrowDown: 1, ArrowUp: -1 };
      if (event.key in steps && !shown.length) open(found(options, field.value === said() ? "" : field.value));
      else if (event.key in steps) point((at + steps[event.key] + shown.length) % shown.length);
      else if (event.key === "Enter" && at >= 0 && !event.ctrlKey) choose(shown[at].value);
      else if (event.key === "Escape" && shown.length) open([]);
      else if (event.key !== "Enter" || event.ctrlKey) return;
      event.preventDefault(); // Enter chooses here; it never sends half a form
    });
    list.addEventListener("mousedown", (event) => event.preventDefault()); // the focus stays
    list.addEventListener("click", (event) => {
      const row = event.target.closest("[role=option]");
      if (row) choose(shown[[...list.children].indexOf(row)].value);
    });

    // A tile instead of the list; or a draft that was given back.
    select.form.addEventListener("change", (event) => {
      if (event.target.name === select.dataset.typeahead && event.target.checked) select.value = "";
      if (event.target !== field) field.value = said();
    });
    field.value = said();
  }

  for (const select of document.querySelectorAll("select[data-typeahead]")) grow(select);

  // Whoever taps «Other…» wants to type; whoever passes it with the arrows goes on.
  let tapped = -TAP;
  document.addEventListener("pointerup", (event) => { tapped = event.timeStamp; }, true);
  document.addEventListener("change", (event) => {
    if (event.timeStamp - tapped > TAP || event.target.type !== "radio") return;
    const follows = document.querySelector(`[data-when="${CSS.escape(event.target.name)}=${CSS.escape(event.target.value)}"]`);
    setTimeout(() => follows?.querySelector("[role=combobox]")?.focus());
  });
  document.addEventListener("toggle", (event) => {
    if (event.target.open && event.timeStamp - tapped < TAP) event.target.querySelector("[role=combobox]")?.focus();
  }, true);
})();
