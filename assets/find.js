/* Search: / or the header's button opens it; letters ask /api/find, arrows choose, Enter opens.
   [data-find='{words}'] the button */
(function () {
  "use strict";
  var WAIT = 120; // ms without a letter before it asks
  var box = null, field, list, note, words, hits = [], at = 0, asked = 0, waiting;

  function make(tag, props, children) {
    var node = Object.assign(document.createElement(tag), props || {});
    (children || []).forEach(function (child) { node.append(child); });
    return node;
  }
  function build() {
    field = make("input", { type: "search", className: "field", placeholder: words.hint, autocomplete: "off", spellcheck: false });
    field.setAttribute("role", "combobox");
    field.setAttribute("aria-controls", "find-hits");
    field.setAttribute("aria-expanded", "true");
    field.setAttribute("aria-label", words.title);
    list = make("div", { className: "find-hits", id: "find-hits" });
    list.setAttribute("role", "listbox");
    list.setAttribute("aria-label", words.title);
    note = make("p", { className: "hint find-note", textContent: words.foot });
    note.setAttribute("role", "status");
    box = make("dialog", { className: "find-box" }, [field, list, note]);
    box.setAttribute("aria-label", words.title);
    document.body.append(box);
    field.addEventListener("input", function () { clearTimeout(waiting); waiting = setTimeout(ask, WAIT); });
    field.addEventListener("keydown", function (event) {
      if (event.key === "ArrowDown" || event.key === "ArrowUp") {
        choose(at + (event.key === "ArrowDown" ? 1 : -1));
        event.preventDefault();
      } else if (event.key === "Enter" && !event.isComposing) { open(at); event.preventDefault(); }
    });
    list.addEventListener("click", function (event) {
      if (event.target.closest("a") && (event.ctrlKey || event.metaKey)) return;
      var row = event.target.closest("[data-hit]");
      if (row) { event.preventDefault(); open(Number(row.dataset.hit)); }
    });
    box.addEventListener("click", function (event) { if (event.target === box) box.close(); });
  }
  function ask() {
    var text = field.value.trim(), mine = (asked += 1);
    if (!text) { show([], words.foot); return; }
    window.fetch("/api/find?q=" + encodeURIComponent(text)).then(function (answer) {
      if (!answer.ok) throw new Error(String(answer.status));
      return answer.json();
    }).then(function (found) {
      if (mine === asked) show(found, found.length ? words.foot : words.none);
    }, function () { if (mine === asked) show([], words.failed); });
  }
  function show(found, said) {
    hits = found;
    list.replaceChildren.apply(list, found.map(function (hit, n) {
      var row = make("a", { id: "find-hit-" + n, href: hit.href, tabIndex: -1 }, [
        make("span", { className: "find-kind hint", textContent: words[hit.kind] }),
        make("span", { className: "find-name", textContent: hit.name }),
        make("span", { className: "hint find-about", textContent: hit.note }),
      ]);
      row.setAttribute("role", "option");
      row.dataset.hit = n;
      return row;
    }));
    note.textContent = said;
    choose(0);
  }
  function choose(n) {
    at = Math.max(0, Math.min(hits.length - 1, n));
    Array.prototype.forEach.call(list.children, function (row, i) {
      row.setAttribute("aria-selected", String(i === at));
      if (i === at) row.scrollIntoView({ block: "nearest" });
    });
    field.setAttribute("aria-activedescendant", hits.length ? "find-hit-" + at : "");
  }
  function open(n) {
    if (!hits[n]) return;
    box.close();
    window.pumphouse.go(window.pumphouse.kept(hits[n].href));
  }
  function start() {
    var button = document.querySelector("[data-find]");
    if (!button || document.querySelector("dialog[open]")) return;
    words = JSON.parse(button.dataset.find);
    if (!box) build();
    box.showModal();
    field.select();
  }
  document.addEventListener("click", function (event) {
    if (event.target.closest && event.target.closest("[data-find]")) start();
  });
  window.pumphouse = window.pumphouse || {};
  window.pumphouse.find = start;
})();
