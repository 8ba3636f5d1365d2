/* "Show me": [data-show-me=ADDRESS] opens what stands behind a number. One dialog for all of them;
   the browser closes it on Esc and keeps the focus in it. */
(function () {
  "use strict";
  var box = null, opener = null;
  function put(parent, name, css, text) {
    var made = document.createElement(name);
    if (css) made.className = css;
    if (text !== undefined && text !== null) made.textContent = text;
    parent.appendChild(made);
    return made;
  }
  function dialog() {
    if (box) return box;
    box = document.createElement("dialog");
    box.className = "explained";
    box.addEventListener("click", function (event) { if (event.target === box) box.close(); });
    box.addEventListener("close", function () { if (opener && opener.isConnected) opener.focus(); });
    document.body.appendChild(box);
    return box;
  }
  function shown(value) {
    if (value === null || value === undefined) return "—";
    if (typeof value === "boolean") return value ? "✓" : "—";
    if (typeof value !== "number") return String(value);
    var text = value.toLocaleString("en-US", { maximumFractionDigits: Math.abs(value) < 100 ? 4 : 1 });
    return text.replace("-", "−");
  }
  function pair(list, word, text) {
    if (text === "" || text === undefined) return;
    put(list, "dt", "", word);
    put(list, "dd", "", text);
  }
  function table(parent, columns, rows) {
    var frame = put(parent, "div", "explained-rows"), made = put(frame, "table", "table");
    frame.tabIndex = 0;
    var head = put(put(made, "thead"), "tr"), body = put(made, "tbody");
    columns.forEach(function (name, i) {
      var number = rows.length && rows.every(function (r) { return r[i] === null || typeof r[i] === "number"; });
      put(head, "th", number ? "right" : "", name).scope = "col";
    });
    rows.forEach(function (row) {
      var line = put(body, "tr");
      row.forEach(function (value) {
        put(line, "td", typeof value === "number" || value === null ? "right" : "", shown(value));
      });
    });
  }
  function fill(told, address) {
    var words = told.words, body = box.querySelector(".explained-body");
    body.textContent = "";
    box.querySelector("h2").textContent = told.name + " · " + told.k;
    box.querySelector(".explained-close").setAttribute("aria-label", words.close);
    var value = put(body, "p", "explained-value");
    put(value, "b", "", told.shown.value);
    put(value, "span", "unit", " " + told.shown.unit);
    var list = put(body, "dl", "explained-list");
    pair(list, words.span, told.from === told.to ? told.from : told.from + " … " + told.to);
    pair(list, words.places, told.place);
    pair(list, words.definition, told.definition);
    pair(list, words.formula, told.expression);
    pair(list, words.version, String(told.version));
    pair(list, words.coverage, told.shown.coverage);
    pair(list, words.quality, told.shown.quality);
    pair(list, words.reasons, told.shown.reasons.join(" · "));
    pair(list, words.bound, told.shown.bound);
    if (told.parts.length) {
      put(body, "h3", "", words.parts);
      table(body, told.parts.map(function (p) { return "Σ " + p.name; }),
            [told.parts.map(function (p) { return p.value; })]);
    }
    put(body, "h3", "", words.rows);
    put(body, "p", "hint", words.all_rows.replace("{total}", told.total).replace("{shown}", told.rows.length));
    if (told.rows.length) table(body, told.columns, told.rows);
    var csv = put(body, "a", "button", words.csv);
    csv.href = address.replace("/explain?", "/rows.csv?");
    csv.setAttribute("download", told.code + "-rows.csv");
    put(body, "h3", "", words.query);
    if (!told.query) { put(body, "p", "hint", words.no_query); return; }
    var query = put(body, "pre", "explained-query", told.query);
    query.tabIndex = 0;
    var copy = put(body, "button", "button", words.copy);
    copy.type = "button";
    copy.addEventListener("click", function () {
      var range = document.createRange();
      range.selectNodeContents(query);
      getSelection().removeAllRanges();
      getSelection().addRange(range);
      var done = navigator.clipboard ? navigator.clipboard.writeText(told.query) :
        Promise.resolve(document.execCommand("copy"));
      done.then(function () { copy.textContent = words.copied; }, function () {});
    });
  }
  function open(button) {
    var address = button.dataset.showMe;
    opener = button;
    dialog().textContent = "";
    var head = put(box, "header", "explained-head");
    put(head, "h2", "", button.getAttribute("aria-label"));
    var close = put(head, "button", "explained-close", "×");
    close.type = "button";
    close.addEventListener("click", function () { box.close(); });
    var body = put(box, "div", "explained-body");
    put(body, "p", "hint", "…");
    if (!box.open) box.showModal();
    fetch(address, { credentials: "same-origin" }).then(function (answer) {
      return answer.json().then(function (told) {
        if (!answer.ok) throw new Error(told.error);
        fill(told, address);
      });
    }).catch(function (problem) {
      body.textContent = "";
      put(body, "p", "hint", String(problem.message || problem));
    });
  }
  document.addEventListener("click", function (event) {
    var button = event.target.closest && event.target.closest("[data-show-me]");
    if (!button) return;
    event.preventDefault();  // a tile is a link; its button is not
    event.stopPropagation();
    open(button);
  }, true);
})();
