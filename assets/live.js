/* Live values: every 2 s the fleet, and each station that the page shows, by conditional fetch.

   data-live="online"          a figure of the fleet feed
   data-bind="L.P_OUT"         a point of the nearest [data-station="CODE"], with data-decimals
                               (one with data-kind is drawn by assets/mimic.js)
   live:fleet, live:station    events on document, detail = what was received
*/
(function () {
  "use strict";
  var PATIENCE = 10000, STALE = 10, MISSING = "—";
  var BAD = [2, 5, 6, 7], OLD = [3, 4], ESTIMATED = [1, 9], MANUAL = 8;
  var known = {};            // url -> { tag, body }
  var state = { age: null, lost: false, none: false, heard: 0 };
  var live = (window.pumphouse = window.pumphouse || {}).live = { fleet: null, stations: {} };

  function words() {
    var frame = document.getElementById("shell-frame");
    return frame && frame.dataset.words ? JSON.parse(frame.dataset.words) : {};
  }

  function number(value, decimals) {
    if (value === null || value === undefined || !isFinite(value)) return MISSING;
    return value.toLocaleString("en-US", { minimumFractionDigits: decimals, maximumFractionDigits: decimals })
      .replace("-", "\u2212");
  }

  function span(seconds) {
    if (seconds === null) return MISSING;
    var s = Math.round(seconds);
    if (s < 60) return s + " s";
    if (s < 3600) return Math.floor(s / 60) + " m";
    return s < 86400 ? Math.floor(s / 3600) + " h" : Math.floor(s / 86400) + " d";
  }

  function ask(url) {
    var before = known[url] || {};
    var headers = before.tag ? { "If-None-Match": before.tag } : {};
    // a line that is cut without a word would be waited for as long as the browser likes
    var options = { headers: headers, cache: "no-store", signal: AbortSignal.timeout(PATIENCE) };
    return window.fetch(url, options).then(function (answer) {
      var age = parseFloat(answer.headers.get("X-Data-Age"));
      if (answer.status === 304) return { body: before.body, age: age, same: true };
      if (answer.status >= 500) throw new Error("the server can't answer now");
      if (answer.status !== 200) return { body: null, age: null, status: answer.status };
      return answer.json().then(function (body) {
        known[url] = { tag: answer.headers.get("ETag"), body: body };
        return { body: body, age: age };
      });
    });
  }

  function siteClock(ms) {
    var frame = document.getElementById("shell-frame");
    return new Intl.DateTimeFormat("en-GB", { timeZone: frame.dataset.zone, hour: "2-digit", minute: "2-digit" })
      .format(new Date(ms));
  }

  function put(node, text) { window.pumphouse.put(node, text); }

  function figures(fleet) {
    var levels = (fleet && fleet.levels) || {};
    return {
      online: fleet ? number(fleet.online, 0) : MISSING,
      total: fleet ? number(fleet.total, 0) : MISSING,
      waiting: fleet ? number(levels.unacknowledged, 0) : MISSING,
      age: span(state.age),
      alarms: fleet ? number([1, 2, 3, 4].reduce(function (n, l) { return n + (levels[l] || 0); }, 0), 0) : MISSING,
      "levels.1": fleet ? number(levels[1] || 0, 0) : MISSING,
      "levels.2": fleet ? number(levels[2] || 0, 0) : MISSING,
      "levels.3": fleet ? number(levels[3] || 0, 0) : MISSING,
      "levels.4": fleet ? number(levels[4] || 0, 0) : MISSING,
    };
  }

  function showFleet() {
    var fleet = live.fleet, shown = figures(fleet), text = words();
    var stale = state.lost ? text["shell.lost"] : state.none ? text["shell.no_data"]
      : state.age !== null && state.age > STALE && fleet ? text["shell.stale"].replace("{at}", siteClock(fleet.at)) : "";
    document.querySelectorAll("[data-live]").forEach(function (node) {
      var name = node.dataset.live;
      if (name === "stale") { node.hidden = !stale; put(node, stale); return; }
      if (name === "badge") {
        var waiting = fleet && fleet.levels ? fleet.levels.unacknowledged_urgent || 0 : 0;
        node.hidden = !waiting; put(node, String(waiting)); return;
      }
      if (name in shown) put(node, shown[name]);
    });
    document.documentElement.classList.toggle("data-stale", Boolean(stale));
  }

  function quality(point) {
    var flag = point[1];
    if (BAD.indexOf(flag) >= 0) return "q-bad";
    if (OLD.indexOf(flag) >= 0) return "q-stale";
    if (flag === MANUAL) return "q-manual";
    return ESTIMATED.indexOf(flag) >= 0 ? "q-estimated" : "";
  }

  function showStation(body, age) {
    document.querySelectorAll('[data-station="' + CSS.escape(body.code) + '"] [data-bind]:not([data-kind])').forEach(function (node) {
      var point = body.points[node.dataset.bind];
      var css = point ? quality(point) : "";
      if (age > STALE) css = "q-stale";
      ["q-bad", "q-stale", "q-manual", "q-estimated"].forEach(function (name) {
        node.classList.toggle(name, name === css);
      });
      put(node, point ? number(point[0], Number(node.dataset.decimals || 0)) : MISSING);
      if (point && css === "q-stale" && point[2] !== null) node.dataset.age = span(point[2]);
      else delete node.dataset.age;
    });
  }

  function emit(name, detail) { document.dispatchEvent(new CustomEvent(name, { detail: detail })); }

  function tick(force) {
    if (document.hidden && !force) return Promise.resolve();
    if (!document.getElementById("shell-frame")) return Promise.resolve();
    var codes = new Set();
    document.querySelectorAll("[data-station]").forEach(function (n) { if (n.dataset.station) codes.add(n.dataset.station); });
    var inTime = window.pumphouse.inTime;
    var asked = [ask("/api/live").then(inTime).then(function (got) {
      state.lost = false;
      state.none = got.status === 204;
      live.fleet = got.body;
      state.age = got.body ? got.age : null;
      state.heard = performance.now();
      showFleet();
      if (got.body) emit("live:fleet", { body: got.body, age: got.age, same: got.same });
    })];
    codes.forEach(function (code) {
      asked.push(ask("/api/live/" + encodeURIComponent(code)).then(inTime).then(function (got) {
        if (!got.body) return;
        live.stations[code] = got.body;
        showStation(got.body, got.age);
        emit("live:station", { body: got.body, age: got.age });
      }));
    });
    return Promise.all(asked).catch(function () {
      // what stands there stays, and grows older in sight
      var now = performance.now();
      if (state.age !== null) state.age += (now - state.heard) / 1000;
      state.heard = now;
      state.lost = true;
      showFleet();
    });
  }

  var busy = false;
  function beat(force) {
    if (busy) return Promise.resolve();
    busy = true;
    return tick(force).finally(function () { busy = false; });
  }
  live.beat = beat;
  document.addEventListener("beat:soon", function () { beat(false); });
  document.addEventListener("visibilitychange", function () { if (!document.hidden) beat(); });
  document.addEventListener("page:arrived", function () { setTimeout(function () { beat(true); }, 60); });
})();
