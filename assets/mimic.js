/* Keeps everything that names a point alive: the mimic, the points panel, the table of all points.
   Patches text, attributes and data-* only; the drawing itself is never sent again.
   live: {code: [value, flag, age in s]} */
(function () {
  "use strict";
  var STRUCK = { 2: 1, 5: 1, 6: 1, 7: 1 }; // bad sensor, frozen, out of range, rate
  var LOST = { 3: 1, 4: 1 }; // bad communication, stale
  var LAG = 10, OLDEST = 200; // s: a feed, a slow value that is too old to tell a state
  var GUESSED = { 1: 1, 9: 1 }; // uncertain, backfilled
  var state = { live: {}, lag: 0, words: {}, levels: {} };

  function reading(code) {
    var row = state.live[code];
    return row && row[0] !== null && row[0] !== undefined ? row : null;
  }
  /* A value that may be shown as the present state: none when bad, lost or old. */
  function sure(code) {
    var row = reading(code);
    if (!row || STRUCK[row[1]] || LOST[row[1]] || state.lag > LAG || row[2] > OLDEST) return null;
    return row[0];
  }
  function age(row) { return row[2] === null ? Infinity : row[2] + Math.max(0, state.lag - 2); }
  function number(value, decimals) {
    var text = Math.abs(value).toLocaleString("en-US", {
      minimumFractionDigits: decimals, maximumFractionDigits: decimals,
    });
    return value < 0 && /[1-9]/.test(text) ? "−" + text : text;
  }
  function span(seconds) {
    if (!isFinite(seconds)) return "—";
    if (seconds < 60) return Math.round(seconds) + " s";
    if (seconds < 3600) return Math.round(seconds / 60) + " m";
    if (seconds < 86400) return Math.round(seconds / 3600) + " h";
    return Math.round(seconds / 86400) + " d";
  }
  function quality(row, period) {
    if (!row) return "none";
    if (STRUCK[row[1]]) return "bad";
    if (LOST[row[1]] || age(row) > 3 * period) return "stale";
    if (row[1] === 8) return "manual";
    if (row[1] === 11) return "maintenance";
    return GUESSED[row[1]] ? "estimated" : "good";
  }
  function put(node, text) {
    if (node && node.textContent !== text) node.textContent = text;
  }
  function mark(node, name, value) {
    if (value === null || value === "") node.removeAttribute("data-" + name);
    else if (node.getAttribute("data-" + name) !== String(value)) node.setAttribute("data-" + name, value);
  }
  function slot(node, name) { return node.querySelector('[data-slot="' + name + '"]'); }
  function word(name) { return state.words["state_" + name] || name; }
  function level(place) { return state.levels[place] || 0; }

  var painters = {
    value: function (node, code) {
      var row = reading(code), decimals = Number(node.dataset.decimals || 0);
      var kind = quality(row, Number(node.dataset.period || 2));
      put(slot(node, "number") || node,
        row ? (kind === "estimated" ? "~" : "") + number(row[0], decimals) : "—");
      put(slot(node, "note"), kind === "stale" ? span(age(row)) : kind === "manual" ? "M" : "");
      mark(node, "quality", kind);
      mark(node, "level", level(code) || null);
    },
    difference: function (node, code) {
      var now = sure(code), target = sure(node.dataset.set);
      var gap = now === null || target === null ? null : now - target;
      var text = gap === null ? "" : number(gap, Number(node.dataset.decimals));
      put(node, gap === null ? "" : state.words.deviation + " " +
        (text.charAt(0) === "−" ? "" : /[1-9]/.test(text) ? "+" : "±") + text);
    },
    pump: function (node, code) {
      var run = sure(code + ".RUN"), fault = sure(code + ".FAULT"), trip = sure(code + ".VFD_CODE");
      var mode = sure(code + ".MODE");
      var now = run === null ? "unknown" : fault > 0 || trip > 0 ? "tripped"
        : run > 0 ? "running" : mode === 0 ? "stopped" : "standby";
      mark(node, "state", now);
      mark(node, "manual", mode === 1 ? 1 : null);
      mark(node, "level", now === "tripped" ? level(code) || 2 : level(code) || null);
      put(slot(node, "state"), word(now));
      var speed = slot(node, "speed"), hz = sure(code + ".F") || 0;
      if (speed) speed.style.transform = "scaleX(" + Math.min(hz / 50, 1) + ")";
    },
    valve: function (node, tank) {
      var at = sure(tank + ".VALVE_POS"), asked = sure(tank + ".VALVE_CMD");
      var now = at === null ? "unknown"
        : asked !== null && Math.abs(asked - at) > 5 ? "moving"
        : sure(tank + ".VALVE_CLOSED") === 1 || at < 3 ? "closed" : "open";
      mark(node, "state", now);
      mark(node, "level", level(tank + ".VALVE_POS") || null);
      put(slot(node, "state"), word(now) + (at === null || now === "closed" ? "" : " " + number(at, 0) + "%"));
    },
    tank: function (node, code) {
      var row = reading(code + ".LEVEL"), height = Number(node.dataset.height), top = Number(node.dataset.y);
      var full = row ? Math.max(0, Math.min(row[0] / Number(node.dataset.top), 1)) : 0;
      var y = top + height * (1 - full);
      slot(node, "water").setAttribute("y", y.toFixed(1));
      slot(node, "water").setAttribute("height", (height * full).toFixed(1));
      slot(node, "surface").setAttribute("y", y.toFixed(1));
      mark(node, "quality", quality(row, 2));
      mark(node, "level", level(code) || level(code + ".LEVEL") || null);
    },
    autonomy: function (node) {
      var frame = node.closest(".mimic").dataset, water = 0, out = 0, known = true;
      for (var k = 1; k <= Number(frame.tanks); k += 1) {
        var at = sure("T" + k + ".LEVEL");
        known = known && at !== null;
        water += Math.max(0, at - Number(frame.dead)) * Number(frame.area);
      }
      frame.zones.split(" ").forEach(function (zone) {
        var flow = sure(zone + ".Q_OUT");
        known = known && flow !== null;
        out += Math.max(0, flow);
      });
      put(slot(node, "number"), !known || !Number(frame.area) || out < 0.05 ? "—"
        : water / out > 99 ? ">99" : number(water / out, 1));
    },
    suppressor: function (node, code) {
      var now = sure(code);
      put(slot(node, "state"), word(now === null ? "unknown" : now > 0 ? "acting" : "normal"));
    },
    "switch": function (node, code) {
      mark(node, "on", sure(code) > 0 ? 1 : null);
      mark(node, "level", level(code) || level(code.split(".")[0]) || null);
    },
    flow: function (node, codes) {
      var gate = node.dataset.gate, open = !gate || sure(gate) === null || sure(gate) > 2;
      var on = open && codes.split(" ").some(function (code) { return sure(code) > 0.05; });
      mark(node, "on", on ? 1 : null);
    },
    deviation: function (node, code) {
      var now = sure(code), target = sure(node.dataset.set);
      var known = now !== null && target !== null;
      point(node, known ? 0.5 + (now - target) / Number(node.dataset.span) / 2 : null);
    },
    share: function (node, code) {
      var now = sure(code);
      point(node, now === null ? null : now / Number(node.dataset.span));
    },
    word: function (node, code) {
      var row = reading(code), names = JSON.parse(node.dataset.words);
      put(node, row ? names[String(Math.round(row[0]))] || number(row[0], 0) : "—");
      mark(node, "quality", quality(row, Number(node.dataset.period || 2)));
    },
    flag: function (node, code) {
      var row = state.live[code], names = JSON.parse(node.closest("[data-flags]").dataset.flags);
      var kind = row ? quality(row, Number(node.dataset.period || 2)) : "none";
      // what was good when it came is stale when nothing came after it
      put(node, row ? names[kind === "stale" && !row[1] ? 4 : row[1]] || "" : "—");
      mark(node, "quality", kind);
    },
    age: function (node, code) {
      var row = state.live[code];
      put(node, row && row[2] !== null ? span(age(row)) : "—");
    },
  };
  function point(node, share) {
    var pointer = slot(node, "pointer"), length = Number(node.dataset.length);
    mark(node, "known", share === null ? 0 : 1);
    if (share !== null) {
      var y = length * (1 - Math.max(0, Math.min(share, 1)));
      pointer.setAttribute("transform", "translate(0 " + y.toFixed(1) + ")");
    }
  }
  function paint() {
    var frame = document.querySelector(".mimic, .pump-live");
    if (frame) {
      state.words = JSON.parse(frame.dataset.words);
      state.levels = JSON.parse(frame.dataset.levels || "{}");
    }
    document.querySelectorAll("[data-kind]").forEach(function (node) {
      painters[node.dataset.kind](node, node.dataset.bind);
    });
  }
  function show(points, lag) {
    // ages are those of the snapshot; what has passed since then comes on top
    state.live = points;
    state.lag = lag || 0;
    paint();
  }
  document.addEventListener("live:station", function (event) {
    show(event.detail.body.points, event.detail.age);
  });
  window.pumphouseMimic = { show: show };
  window.dash_clientside = Object.assign({}, window.dash_clientside, {
    mimic: {
      levels: function (levels) {
        var frame = document.querySelector(".mimic");
        if (frame && levels) { frame.dataset.levels = JSON.stringify(levels); paint(); }
      },
    },
  });
})();
