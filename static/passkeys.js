/* Asks the browser for a passkey and sends the answer as an ordinary form. */
"use strict";

for (const form of document.querySelectorAll("[data-passkey]")) {
  if (!window.PublicKeyCredential) continue;
  const none = document.querySelector("[data-passkey-none]");
  if (none) none.hidden = true;
  form.hidden = false;
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    ask(form);
  });
}

async function ask(form) {
  const problem = form.querySelector("[data-passkey-problem]");
  const options = JSON.parse(form.dataset.options);
  problem.hidden = true;
  try {
    const made =
      form.dataset.passkey === "create"
        ? await navigator.credentials.create({ publicKey: forCreation(options) })
        : await navigator.credentials.get({ publicKey: forRequest(options) });
    form.elements.passkey.value = JSON.stringify(told(made));
    // Not by a click on the button, which would come here again.
    form.submit();
  } catch {
    problem.hidden = false;
  }
}

function forCreation(options) {
  return {
    ...options,
    challenge: toBytes(options.challenge),
    user: { ...options.user, id: toBytes(options.user.id) },
    excludeCredentials: (options.excludeCredentials || []).map(withBytes),
  };
}

function forRequest(options) {
  return {
    ...options,
    challenge: toBytes(options.challenge),
    allowCredentials: (options.allowCredentials || []).map(withBytes),
  };
}

function withBytes(credential) {
  return { ...credential, id: toBytes(credential.id) };
}

function told(made) {
  const response = { clientDataJSON: toText(made.response.clientDataJSON) };
  for (const part of ["attestationObject", "authenticatorData", "signature", "userHandle"]) {
    if (made.response[part]) response[part] = toText(made.response[part]);
  }
  return { id: made.id, rawId: toText(made.rawId), type: made.type, clientExtensionResults: {}, response };
}

// WebAuthn writes bytes in base64url without padding.
function toBytes(text) {
  const plain = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(plain, (character) => character.charCodeAt(0));
}

function toText(bytes) {
  const plain = String.fromCharCode(...new Uint8Array(bytes));
  return btoa(plain).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}
