/* Many rows of a list, and one step for all of them; dialogs that ask before a step.

   [data-picked="ID"]   a list; its [data-pick="KEY"] are check boxes, the keys that are picked go
                        into the dcc.Store ID. x picks the chosen row
   [data-bulk]          shown while any row is picked; [data-picks] holds their number
   [data-unpick]        picks none
   [data-dialog="ID"]   opens a <dialog>; data-of goes into its field `of`
   [data-show="ID"]     brings an element into view */
(function () {
  "use strict";
  var picked = new Set(), at = location.search;

  function list() { return document.querySelector("[data-picked]"); }
  function put(node, name, value) { if (node[name] !== value) node[name] = value; }
  function show() {
    if (!list()) picked.clear();
    document.querySelectorAll("[data-pick]").forEach(function (box) {
      var on = String(picked.has(box.dataset.pick));
      if (box.getAttribute("aria-checked") !== on) box.setAttribute("aria-checked", on);
    });
    document.querySelectorAll("[data-bulk]").forEach(function (bar) {
      put(bar, "hidden", !picked.size);
      bar.querySelectorAll("button").forEach(function (button) { put(button, "disabled", !picked.size); });
      put(bar.querySelector("[data-picks]"), "textContent", String(picked.size));
    });
  }
  function tell() {
    show();
    if (list()) window.dash_clientside.set_props(list().dataset.picked, { data: Array.from(picked) });
  }
  function toggle(key) {
    if (!picked.delete(key)) picked.add(key);
    tell();
  }
  function none() { picked.clear(); tell(); }

  document.addEventListener("click", function (event) {
    var of = function (selector) { return event.target.closest && event.target.closest(selector); };
    var box = of("[data-pick]"), opener = of("[data-dialog]"), shown = of("[data-show]");
    if (box) toggle(box.dataset.pick);
    if (of("[data-unpick]")) none();
    if (opener && !opener.disabled) {
      var dialog = document.getElementById(opener.dataset.dialog);
      dialog.querySelector("[name=of]").value = opener.dataset.of || "";
      dialog.showModal();
      dialog.querySelector("textarea").focus();
    }
    if (of("dialog [data-cancel]")) of("dialog").close();
    if (shown) {
      var target = document.getElementById(shown.dataset.show);
      if (target) target.scrollIntoView({ block: "start" });
    }
  });
  // before lists.js takes the step: a reason that is missing is asked for
  document.addEventListener("click", function (event) {
    var button = event.target.closest && event.target.closest("dialog [data-step]");
    if (!button) return;
    var wanting = button.closest("dialog").querySelector(":invalid");
    if (!wanting) return;
    wanting.reportValidity();
    event.stopPropagation();
  }, true);
  // after lists.js has taken it
  window.addEventListener("click", function (event) {
    var button = event.target.closest && event.target.closest("[data-step]");
    if (!button) return;
    var dialog = button.closest("dialog");
    var of = button.closest("[data-into]").querySelector("[name=of]");
    if (dialog) {
      dialog.querySelectorAll("textarea").forEach(function (field) { field.value = ""; });
      dialog.close();
    }
    // the step's own request carries the keys; they are let go of when it is under way
    if (of && of.value === "picked") setTimeout(none, 300);
  });
  document.addEventListener("keydown", function (event) {
    if (event.key.toLowerCase() !== "x" || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.closest("input, textarea, select, [contenteditable], dialog") || !list()) return;
    var row = list().querySelector("[data-key].chosen");
    if (row && row.querySelector("[data-pick]")) toggle(row.dataset.key);
  });
  new MutationObserver(function (changes) {
    if (!changes.some(function (change) { return change.addedNodes.length; })) return;
    if (location.search.replace(/[?&]sel=[0-9]*/, "") !== at) {
      at = location.search.replace(/[?&]sel=[0-9]*/, "");
      picked.clear();
    }
    show();
  }).observe(document.documentElement, { subtree: true, childList: true });
})();
