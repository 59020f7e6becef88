// Keys and the help dialog, on every page. Single keys rest while somebody types, and can be switched off.
"use strict";
(() => {
  const help = document.getElementById("help");
  const off = document.getElementById("keys-off");
  const remember = "contraspec-keys-off";
  off.checked = localStorage.getItem(remember) === "yes";
  off.addEventListener("change", () => localStorage.setItem(remember, off.checked ? "yes" : "no"));
  document.getElementById("help-open").addEventListener("click", () => help.showModal());

  const follow = (selector) => {
    const link = document.querySelector(selector);
    if (link) link.click();
    return Boolean(link);
  };
  const focus = (id) => {
    const field = document.getElementById(id);
    if (field) field.focus();
    return Boolean(field);
  };
  const keys = {
    "?": () => { help.showModal(); return true; },
    "/": () => focus("search"),
    a: () => focus("why"),
    j: () => follow("#next"),
    k: () => follow("#previous"),
  };
  // Pages with a chart add theirs.
  window.workbenchKeys = keys;

  let going = false;
  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest("input:not([type=radio]):not([type=checkbox]), textarea, select");
    if (off.checked || typing || help.open || event.ctrlKey || event.altKey || event.metaKey) return;
    let done = false;
    if (going) {
      done = follow(`[data-go="${CSS.escape(event.key)}"]`);
      going = false;
    } else if (event.key === "g") {
      going = done = true;
    } else if (Object.hasOwn(keys, event.key)) {
      done = keys[event.key]();
    }
    if (done) event.preventDefault();
  });
})();
