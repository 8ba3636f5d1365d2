/* What lists and charts of several pages share: choosing rows by pointer and keys, holding still
   under the pointer, ages in words, linked zoom, copy link, the form of an own time range.

   [data-choose="ID"]   a list; its rows [data-key] put their key into the dcc.Store ID
   [data-hold="ID"]     the dcc.Store that is true while pointer or focus is in the list
   [data-step="NAME"]   a button: puts NAME and the named fields beside it into the dcc.Store
                        [data-into], where the server takes the step
   [data-since="ISO"]   text = how long ago
   [data-due="ISO"]     text = time left or over, in the words of data-left and data-over */
(function () {
  "use strict";
  var UNITS = [["d", 86400], ["h", 3600], ["m", 60]];

  function span(seconds) {
    var whole = Math.max(0, Math.floor(seconds));
    for (var i = 0; i < UNITS.length; i += 1) {
      if (whole >= UNITS[i][1]) return Math.floor(whole / UNITS[i][1]) + UNITS[i][0];
    }
    return whole + "s";
  }
  function put(node, text) { window.pumphouse.put(node, text); }
  function ages() {
    var now = Date.now();
    document.querySelectorAll("[data-since]").forEach(function (node) {
      put(node, span((now - Date.parse(node.dataset.since)) / 1000));
    });
    document.querySelectorAll("[data-due]").forEach(function (node) {
      var left = (Date.parse(node.dataset.due) - now) / 1000;
      put(node, (left < 0 ? node.dataset.over : node.dataset.left).replace("{span}", span(Math.abs(left))));
      var card = node.closest("[data-made]"), used = card && card.querySelector("[data-used]");
      if (card) card.classList.toggle("over", left < 0);
      if (used) {
        var made = Date.parse(card.dataset.made), due = Date.parse(node.dataset.due);
        used.style.width = Math.min(100, 100 * (now - made) / (due - made)).toFixed(1) + "%";
      }
    });
  }
  document.addEventListener("beat", ages);

  function set(id, props) { window.dash_clientside.set_props(id, props); }
  function listOf(node) { return node && node.closest ? node.closest("[data-choose]") : null; }
  function chosenKey(list) { return list.dataset.chosen || ""; }

  function choose(list, key) {
    list.dataset.chosen = key;
    show(list);
    set(list.dataset.choose, { data: key || null });
    var query = new URLSearchParams(location.search);
    if (key) query.set(list.dataset.param, key); else query.delete(list.dataset.param);
    var text = query.toString();
    history.replaceState(history.state, "", location.pathname + (text ? "?" + text : ""));
  }
  function show(list) {
    list.querySelectorAll("[data-key]").forEach(function (row) {
      var on = row.dataset.key === chosenKey(list);
      row.classList.toggle("chosen", on);
      if (on) row.setAttribute("aria-current", "true"); else row.removeAttribute("aria-current");
    });
  }
  document.addEventListener("click", function (event) {
    var row = event.target.closest && event.target.closest("[data-choose] [data-key]");
    if (row && !event.target.closest("a, button")) choose(listOf(row), row.dataset.key);
    var close = event.target.closest && event.target.closest("[data-unchoose]");
    if (close) document.querySelectorAll("[data-choose]").forEach(function (list) { choose(list, ""); });
  });

  // fields and buttons of the details come and go, so they are no inputs of a callback themselves
  document.addEventListener("click", function (event) {
    var button = event.target.closest && event.target.closest("[data-step]");
    if (!button || button.disabled) return;
    var step = { step: button.dataset.step, at: Date.now() };
    button.closest("[data-into]").querySelectorAll("[name]").forEach(function (field) {
      step[field.name] = field.value;
    });
    set(button.closest("[data-into]").dataset.into, { data: step });
  });

  function typing(target) {
    return target.closest && target.closest("input, textarea, select, [contenteditable], .dash-dropdown");
  }
  function step(list, by) {
    var rows = Array.prototype.slice.call(list.querySelectorAll("[data-key]"));
    if (!rows.length) return;
    var at = rows.findIndex(function (row) { return row.dataset.key === chosenKey(list); });
    var next = rows[at < 0 ? 0 : Math.max(0, Math.min(rows.length - 1, at + by))];
    choose(list, next.dataset.key);
    next.focus({ preventScroll: true });
    next.scrollIntoView({ block: "nearest" });
  }
  document.addEventListener("keydown", function (event) {
    var list = document.querySelector("[data-choose]");
    if (!list || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Escape") {
      if (document.activeElement && typing(document.activeElement)) document.activeElement.blur();
      else choose(list, "");
      return;
    }
    if (typing(event.target) || document.querySelector("dialog[open]")) return;
    if (event.key === "j" || event.key === "ArrowDown") { step(list, 1); event.preventDefault(); }
    else if (event.key === "k" || event.key === "ArrowUp") { step(list, -1); event.preventDefault(); }
    else if (event.key === "Enter" && event.target.dataset && event.target.dataset.key) choose(list, event.target.dataset.key);
    else {
      var button = document.querySelector('[data-hotkey="' + CSS.escape(event.key.toLowerCase()) + '"]:not(:disabled)');
      if (button) { button.click(); event.preventDefault(); }
    }
  });

  // a list holds still while someone points at it or has the focus in it
  var held = false;
  function hold() {
    var list = document.querySelector("[data-hold]");
    if (!list) { held = false; return; }
    var now = list.matches(":hover") || (list.contains(document.activeElement) && document.activeElement !== document.body);
    if (now !== held) { held = now; set(list.dataset.hold, { data: now }); }
  }
  setInterval(hold, 500);

  // rows made anew keep the choice; numbers and ages appear at once
  new MutationObserver(function (changes) {
    var fresh = changes.some(function (change) { return change.addedNodes.length; });
    if (!fresh) return;
    document.querySelectorAll("[data-choose]").forEach(show);
    ages();
  }).observe(document.documentElement, { subtree: true, childList: true });

  // charts of one page zoom together
  var zooming = false;
  function link(chart) {
    if (chart.linkedZoom || !chart.on) return;
    chart.linkedZoom = true;
    chart.on("plotly_relayout", function (change) {
      if (zooming) return;
      var range = change["xaxis.range[0]"] ? [change["xaxis.range[0]"], change["xaxis.range[1]"]] : null;
      if (!range && !change["xaxis.autorange"] && change["xaxis.range"] === undefined) return;
      zooming = true;
      var all = Array.prototype.slice.call(document.querySelectorAll(".linked .js-plotly-plot"));
      Promise.all(all.filter(function (other) { return other !== chart; }).map(function (other) {
        return window.Plotly.relayout(other, range ? { "xaxis.range": range }
          : { "xaxis.range": change["xaxis.range"] || chart.layout.xaxis.range.slice() });
      })).finally(function () { zooming = false; });
    });
  }
  document.addEventListener("beat", function () { document.querySelectorAll(".linked .js-plotly-plot").forEach(link); });

  document.addEventListener("click", function (event) {
    var copy = event.target.closest && event.target.closest("[data-copy]");
    if (copy) {
      var words = copy.textContent;
      (navigator.clipboard ? navigator.clipboard.writeText(location.href) : Promise.reject()).then(function () {
        copy.textContent = copy.dataset.copy;
        setTimeout(function () { copy.textContent = words; }, 1500);
      }, function () { window.prompt(words, location.href); });
    }
    var apply = event.target.closest && event.target.closest("[data-range]");
    if (apply) {
      var page = apply.dataset.range, query = new URLSearchParams(location.search);
      ["from", "to"].forEach(function (name) {
        var value = document.getElementById(page + "-range-" + name).value;
        if (value) query.set(name, value); else query.delete(name);
      });
      go(location.pathname + "?" + query.toString());
    }
  });
  function go(href) {
    history.pushState({}, "", href);
    window.dispatchEvent(new CustomEvent("_dashprivate_pushstate"));
  }
})();
