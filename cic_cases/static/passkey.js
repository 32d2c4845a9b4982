/* Makes or uses a passkey: fetches what is to be signed, asks the browser, and sends the answer with
   the form it stands in. Where the browser knows no passkeys the page says so, where it matters. */
"use strict";
(() => {
  const can = Boolean(window.PublicKeyCredential && navigator.credentials && window.isSecureContext);

  const bytes = (text) =>
    Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (one) => one.charCodeAt(0));
  const text = (buffer) =>
    btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  const known = (list) => (list || []).map((one) => ({ ...one, id: bytes(one.id) }));

  async function fetched(form) {
    const body = new URLSearchParams({ csrf_token: form.elements.csrf_token.value });
    const answer = await fetch(form.dataset.passkey, { method: "POST", body });
    const told = await answer.json().catch(() => ({}));
    if (!answer.ok) throw new Error(told.detail || "");
    return { ...told, challenge: bytes(told.challenge) };
  }

  async function asked(form) {
    const told = await fetched(form);
    if (!told.user) {
      const publicKey = { ...told, allowCredentials: known(told.allowCredentials) };
      return navigator.credentials.get({ publicKey });
    }
    const user = { ...told.user, id: bytes(told.user.id) };
    const publicKey = { ...told, user, excludeCredentials: known(told.excludeCredentials) };
    return navigator.credentials.create({ publicKey });
  }

  function written(credential) {
    const response = {};
    for (const part of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"]) {
      if (credential.response[part]) response[part] = text(credential.response[part]);
    }
    const { id, type } = credential;
    return JSON.stringify({ id, rawId: text(credential.rawId), type, response, clientExtensionResults: {} });
  }

  function said(form, sentence) {
    const place = form.querySelector("[data-passkey-failed]");
    place.hidden = !sentence;
    place.textContent = sentence;
  }

  async function use(form) {
    said(form, "");
    try {
      form.elements.credential.value = written(await asked(form));
      form.submit();
    } catch (error) {
      const ours = error.constructor === Error && error.message;
      said(form, ours || form.querySelector("[data-passkey-failed]").dataset.failed);
    }
  }

  for (const missing of document.querySelectorAll("[data-passkey-missing]")) missing.hidden = can;
  for (const form of document.querySelectorAll("form[data-passkey]")) {
    form.hidden = !can;
    let busy = false;
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      if (busy) return;
      busy = true;
      await use(form);
      busy = false;
    });
  }
})();
