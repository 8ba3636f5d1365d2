/* The keyboard of every page. Single letters rest in fields and dialogs, where a list has the letter
   for itself ([data-hotkey]), and where a person has switched them off (kept in this browser).
   [data-keys='{words, groups, goes}'] the button that opens the list of keys */
(function () {
  "use strict";
  var OFF = "pumphouse-keys-off", CHORD = 1500; // ms between g and its letter
  var box = null, before = 0;

  function told() { var node = document.querySelector("[data-keys]"); return node ? JSON.parse(node.dataset.keys) : null; }
  function off() { try { return localStorage.getItem(OFF) === "1"; } catch (_) { return false; } }
  function make(tag, props, children) {
    var node = Object.assign(document.createElement(tag), props || {});
    (children || []).forEach(function (child) { node.append(child); });
    return node;
  }
  function help() {
    var words = told();
    if (!words || document.querySelector("dialog[open]")) return;
    if (box) box.remove();
    var groups = words.groups.map(function (group) {
      var rows = group[1].map(function (row) {
        var keys = row[0].split(" ").map(function (key) { return make("kbd", { textContent: key }); });
        return make("div", { className: "keys-row" }, [make("span", {}, keys), make("span", { textContent: row[1] })]);
      });
      return make("section", {}, [make("h3", { textContent: group[0] })].concat(rows));
    });
    var on = make("input", { type: "checkbox", checked: !off() });
    on.addEventListener("change", function () { try { localStorage.setItem(OFF, on.checked ? "0" : "1"); } catch (_) { /* no store */ } });
    var close = make("button", { type: "button", className: "plain-action", textContent: words.close });
    close.addEventListener("click", function () { box.close(); });
    box = make("dialog", { className: "keys-box" }, [
      make("header", {}, [make("h2", { textContent: words.title }), close]),
      make("div", { className: "keys-groups" }, groups),
      make("label", { className: "keys-on" }, [on, " " + words.on]),
    ]);
    box.setAttribute("aria-label", words.title);
    box.addEventListener("click", function (event) { if (event.target === box) box.close(); });
    document.body.append(box);
    box.showModal();
  }
  function say(text) {
    var place = document.getElementById("shell-notice");
    if (place) place.append(make("div", { className: "notice", textContent: text }));
  }
  function copy() {
    var words = told();
    (navigator.clipboard ? navigator.clipboard.writeText(location.href) : Promise.reject())
      .then(function () { say(words.copied); }, function () { window.prompt("", location.href); });
  }
  function press(selector) {
    var node = document.querySelector(selector);
    if (node) node.click();
    return Boolean(node);
  }
  // the comparisons stand side by side as links: the one after the present, from the last the first
  function compare() {
    var all = Array.prototype.slice.call(document.querySelectorAll(".time-bar > .hint + .choices > a"));
    var here = all.findIndex(function (link) { return link.classList.contains("on"); });
    if (all.length) all[(here + 1) % all.length].click();
    return all.length > 0;
  }
  function time() {
    var folds = document.querySelectorAll(".time-bar details"), last = folds[folds.length - 1];
    if (!last) return false;
    last.open = true;
    var field = last.querySelector("input, a");
    if (field) field.focus();
    return true;
  }
  function up() {
    var ways = document.querySelectorAll(".crumb-step a.crumb-name"), last = ways[ways.length - 1];
    if (last) last.click();
    return Boolean(last);
  }
  var LETTERS = {
    t: time, c: compare, y: function () { copy(); return true; }, Backspace: up,
    x: function () { return press('.page-actions [id*="export"], .panel-actions [id*="export"], [data-map-csv]'); },
  };
  function typing(target) {
    return target.closest && target.closest("input, textarea, select, [contenteditable], dialog, .dash-dropdown");
  }
  document.addEventListener("keydown", function (event) {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || typing(event.target) || event.isComposing) return;
    if (event.altKey) { if (event.key === "ArrowUp" && up()) event.preventDefault(); return; }
    if (event.key === "/") { window.pumphouse.find(); event.preventDefault(); return; }
    if (event.key === "?") { help(); event.preventDefault(); return; }
    if (off() || document.querySelector("dialog[open]")) return;
    var words = told(), key = event.key, now = Date.now();
    if (!words) return;
    if (now - before < CHORD) {
      before = 0;
      if (words.goes[key]) { window.pumphouse.go(words.goes[key]); event.preventDefault(); event.stopImmediatePropagation(); }
      return;
    }
    if (key === "g") { before = now; return; }
    if (document.querySelector('[data-hotkey="' + CSS.escape(key) + '"]:not(:disabled)')) return;
    if (LETTERS[key] && LETTERS[key]()) event.preventDefault();
  }, true);
  document.addEventListener("click", function (event) {
    if (event.target.closest && event.target.closest("[data-keys]")) help();
  });
})();
