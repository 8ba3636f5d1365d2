/* The list beside the map: the same stations as the map shows, for keyboard and screen reader. */
(function () {
  "use strict";
  var ROWS = 150;
  var house = window.pumphouse;

  function list() { return document.querySelector("[data-map-list]"); }
  function mapOf() { var node = list(); return node && house.map.maps[node.dataset.mapList]; }
  function chips() { return Array.from(document.querySelectorAll("[data-map-filter]")); }
  function chosen() {
    return new Set(chips().filter(function (c) { return c.classList.contains("on"); }).map(function (c) { return c.dataset.mapFilter; }));
  }
  function search() { var node = document.getElementById("map-search"); return node ? node.value.trim().toLowerCase() : ""; }

  function stateWord(state) { return state === 0 ? "normal" : state === 5 ? "offline" : "alarm"; }
  function any(set, words) { return words.some(function (w) { return set.has(w); }); }

  // a station passes when it fits each group in which something is chosen
  function makeFilter(one) {
    var on = chosen(), text = search(), places = one.places;
    var types = Array.from(on).filter(function (w) { return /^[A-Z]/.test(w); });
    var states = any(on, ["normal", "alarm", "offline"]), rooms = any(on, ["under", "above"]);
    if (!on.size && !text) return null;
    return function (i, state) {
      return (!states || on.has(stateWord(state))) && (!types.length || on.has(places.type[i])) &&
        (!rooms || on.has(places.underground[i] ? "under" : "above")) && (!on.has("unplaced") || places.lat[i] === null) && (!text || places.search[i].indexOf(text) >= 0);
    };
  }

  function countChips(one) {
    var counts = {}, fleet = one.fleet, places = one.places, states = ["normal", "alarm", "offline"];
    function add(word) { counts[word] = (counts[word] || 0) + 1; }
    places.id.forEach(function (id, i) { add(places.type[i]); add(places.underground[i] ? "under" : "above"); if (places.lat[i] === null) add("unplaced"); });
    if (fleet) fleet.state.forEach(function (state) { add(stateWord(state)); });
    chips().forEach(function (chip) {
      var word = chip.dataset.mapFilter, node = chip.querySelector("b");
      var shown = !fleet && states.indexOf(word) >= 0 ? "—" : (counts[word] || 0).toLocaleString("en-US");
      if (node && node.textContent !== shown) node.textContent = shown;
    });
  }

  function rowsOf(one) {
    var on = chosen(), text = search(), all = on.has("normal") || on.has("unplaced") || Boolean(text);
    var worst = house.map.worst, filter = makeFilter(one), bounds = one.map.getBounds(), rows = [];
    one.fleet.id.forEach(function (id, n) {
      var i = one.index[id], state = one.fleet.state[n];
      if (i === undefined || (!all && state === 0) || (filter && !filter(i, state))) return;
      if (one.places.lat[i] !== null && !bounds.contains([one.places.lat[i], one.places.lon[i]])) return;
      var alarm = worst[id] && state > 0 && state < 5 ? worst[id] : null;
      rows.push({ i: i, state: state, unseen: alarm ? alarm[1] === "unacknowledged" : one.fleet.unack[n] > 0, alarm: alarm, since: alarm ? alarm[3] : 0 });
    });
    rows.sort(function (a, b) {
      var x = a.state === 0 ? 9 : a.state, y = b.state === 0 ? 9 : b.state;
      return Number(b.unseen) - Number(a.unseen) || x - y || b.since - a.since || a.i - b.i;
    });
    return { rows: rows, all: all };
  }

  function age(ms) {
    var s = Math.max(0, (Date.now() - ms) / 1000);
    return s < 60 ? Math.floor(s) + "s" : s < 3600 ? Math.floor(s / 60) + "m" : s < 86400 ? Math.floor(s / 3600) + "h" : Math.floor(s / 86400) + "d";
  }

  function rowNode(one, row, signs) {
    var node = document.createElement("button"), sign = document.createElement("span");
    node.type = "button";
    node.className = "map-row" + (one.selected === row.i ? " current" : "");
    node.dataset.row = row.i;
    sign.className = "row-sign";
    sign.innerHTML = signs[row.alarm ? row.state + row.alarm[1] : row.state === 0 || row.state === 5 ? row.state : row.state + "acknowledged"] || "";
    var words = document.createElement("span"), name = document.createElement("span"), what = document.createElement("small");
    words.className = "row-words";
    name.textContent = name.title = one.places.name[row.i];
    what.textContent = row.alarm ? row.alarm[2] : row.state === 5 ? one.words["state.offline"] : one.places.district[row.i] + " · " + one.places.type_name[row.i];
    what.title = what.textContent;
    words.append(name, what);
    var time = document.createElement("span");
    time.className = "row-age";
    time.textContent = row.alarm ? age(row.alarm[3]) : "";
    node.append(sign, words, time);
    return node;
  }

  function hint(text) {
    var line = document.createElement("p");
    line.className = "hint";
    line.textContent = text;
    return line;
  }

  function show() {
    var node = list(), one = mapOf();
    if (!node || !one || !one.places) return;
    var words = JSON.parse(node.dataset.listWords);
    if (!one.fleet) {
      countChips(one);
      if (!node.firstChild) node.append(hint(words["shell.no_data"]));
      return;
    }
    var signs = JSON.parse(node.dataset.smallSigns);
    var found = rowsOf(one), key = JSON.stringify([found.rows.slice(0, ROWS), one.selected, Math.floor(Date.now() / 60000)]);
    countChips(one);
    document.querySelector("[data-map-list-count]").textContent =
      words[found.all ? "map.list_all" : "map.list_alarms"].replace("{n}", found.rows.length.toLocaleString("en-US"));
    if (node.shownKey === key) return;
    if (node.contains(document.activeElement) || node.matches(":hover")) {
      if (node.shownKey && !node.mustShow) return;   // rows never jump under pointer or focus
    }
    node.shownKey = key;
    node.mustShow = false;
    node.shownRows = found.rows;
    var parts = found.rows.slice(0, ROWS).map(function (row) { return rowNode(one, row, signs); });
    var rest = found.rows.length - ROWS;
    if (!found.rows.length || rest > 0) {
      parts.push(hint(found.rows.length ? words["map.more_rows"].replace("{n}", rest) : words["map.nobody"]));
    }
    node.replaceChildren.apply(node, parts);
  }

  function force() { var node = list(); if (node) node.mustShow = true; show(); }

  function toUrl() {
    var query = new URLSearchParams(location.search), on = Array.from(chosen());
    if (on.length) query.set("f", on.join(",")); else query.delete("f");
    if (search()) query.set("q", search()); else query.delete("q");
    var one = mapOf();
    if (one && one.selected !== null) query.set("station", one.places.code[one.selected]); else query.delete("station");
    history.replaceState(history.state, "", location.pathname + (query.size ? "?" + query : ""));
  }

  function refilter() {
    var one = mapOf();
    if (!one || !one.places) return;
    house.map.refilter(one, makeFilter(one));
    toUrl();
    force();
  }

  function fromUrl(one) {
    var query = new URLSearchParams(location.search), on = new Set((query.get("f") || "").split(","));
    chips().forEach(function (chip) {
      var pressed = on.has(chip.dataset.mapFilter);
      chip.classList.toggle("on", pressed);
      chip.setAttribute("aria-pressed", String(pressed));
    });
    var district = query.get("district"), spots = [];
    if (district) one.places.district_code.forEach(function (code, n) {
      if (code === district && one.places.lat[n] !== null) spots.push([one.places.lat[n], one.places.lon[n]]);
    });
    if (spots.length) { one.touched = true; one.map.fitBounds(spots, { padding: [40, 40], animate: false }); }
    var i = one.places.code.indexOf(query.get("station"));
    if (i >= 0) house.map.select(one, i, false);
    house.map.refilter(one, makeFilter(one));
    var by = document.querySelector('[data-map-colour="' + CSS.escape(query.get("by") || "state") + '"]');
    if (by && query.get("by")) colourBy(by, true);
  }

  // colour by a figure: fifths of what is there, with their bounds in the legend
  function colourBy(button, quiet) {
    var one = mapOf(), code = button.dataset.mapColour;
    if (!one) return;
    document.querySelectorAll("[data-map-colour]").forEach(function (other) {
      other.classList.toggle("on", other === button);
      other.setAttribute("aria-pressed", String(other === button));
    });
    if (!quiet) {
      var query = new URLSearchParams(location.search);
      if (code === "state") query.delete("by"); else query.set("by", code);
      history.replaceState(history.state, "", location.pathname + (query.size ? "?" + query : ""));
    }
    var live = one.fleet && one.fleet[code];
    if (code === "state") { scale(null); house.map.recolour(one, null); }
    else if (live) paint(one, button, function (id, n) { return one.fleet[code][n]; }, live);
    else window.fetch("/api/places/figures/" + code).then(function (answer) { return answer.json(); }).then(function (told) {
      if (button.classList.contains("on")) paint(one, button, function (id) { return told[id]; }, Object.values(told));
    });
  }
  function paint(one, button, value, all) {
    var known = all.filter(function (v) { return v !== null && v !== undefined; }).sort(function (a, b) { return a - b; });
    if (!known.length) { scale(null); house.map.recolour(one, null); return; }
    var bounds = [0.2, 0.4, 0.6, 0.8].map(function (q) { return known[Math.floor(q * (known.length - 1))]; });
    scale([known[0]].concat(bounds, known[known.length - 1]), button);
    house.map.recolour(one, function (id, n) {
      var v = value(id, n);
      return v === null || v === undefined ? -1 : bounds.filter(function (b) { return v > b; }).length;
    });
  }
  function scale(bounds, button) {
    var node = document.querySelector("[data-map-scale]");
    node.hidden = !bounds;
    if (!bounds) return;
    var decimals = Number(button.dataset.decimals);
    node.replaceChildren.apply(node, [0, 1, 2, 3, 4].map(function (step) {
      var part = document.createElement("span"), box = document.createElement("i");
      box.style.background = house.map.shade(step);
      part.append(box, bounds[step].toFixed(decimals) + (step === 4 ? " – " + bounds[5].toFixed(decimals) + " " + button.dataset.unit : ""));
      return part;
    }));
  }

  function choose(i) {
    var one = mapOf();
    if (one) house.map.select(one, i, true);
  }

  function csv() {
    var one = mapOf(), node = list();
    if (!one || !node || !node.shownRows) return;
    var lines = [["code", "name", "district", "type", "level", "alarm", "active since"]].concat(node.shownRows.map(function (row) {
      var p = one.places, a = row.alarm;
      return [p.code[row.i], p.name[row.i], p.district[row.i], p.type_name[row.i], row.state, a ? a[2] : "", a ? new Date(a[3]).toISOString() : ""];
    }));
    var body = lines.map(function (cells) {
      return cells.map(function (cell) {
        var text = String(cell);
        if (/^[=+\-@\t\r]/.test(text)) text = "'" + text;   // no formula when a spreadsheet opens it
        return '"' + text.replace(/"/g, '""') + '"';
      }).join(",");
    }).join("\r\n");
    var link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob(["\ufeff" + body], { type: "text/csv" }));
    link.download = "map.csv";
    link.click();
    setTimeout(function () { URL.revokeObjectURL(link.href); }, 1000);
  }

  document.addEventListener("map:ready", function (event) { if (event.detail === mapOf()) { fromUrl(event.detail); force(); } });
  document.addEventListener("map:moved", function () { show(); });
  document.addEventListener("map:selected", function () { toUrl(); force(); });
  document.addEventListener("live:fleet", function () { if (list()) show(); });
  document.addEventListener("map:alarms", function () { if (list()) force(); });
  document.addEventListener("input", function (event) { if (event.target.id === "map-search") refilter(); });
  document.addEventListener("click", function (event) {
    var at = function (selector) { return event.target.closest && event.target.closest(selector); };
    var filter = at("[data-map-filter]"), row = at("[data-row]"), copy = at("[data-copy-link]");
    if (filter) {
      filter.classList.toggle("on");
      filter.setAttribute("aria-pressed", String(filter.classList.contains("on")));
      refilter();
    } else if (row && list() && list().contains(row)) choose(Number(row.dataset.row));
    else if (at("[data-map-colour]")) colourBy(at("[data-map-colour]"));
    else if (at("[data-map-close]")) choose(null);
    else if (at("[data-map-csv]")) csv();
    else if (copy) {
      var link = location.origin + copy.dataset.copyLink;
      if (navigator.clipboard) navigator.clipboard.writeText(link);
      copy.textContent = copy.dataset.done;
    }
  });
  document.addEventListener("keydown", function (event) {
    if (!list()) return;
    if (event.key === "Escape" && mapOf() && mapOf().selected !== null) choose(null);
    var row = document.activeElement && document.activeElement.closest(".map-row");
    if (!row || (event.key !== "ArrowDown" && event.key !== "ArrowUp")) return;
    var next = event.key === "ArrowDown" ? row.nextElementSibling : row.previousElementSibling;
    if (next && next.focus) { next.focus(); event.preventDefault(); }
  });
})();
