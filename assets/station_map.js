/* The map of stations. Layers are made once and kept in a registry; a tick restyles only what
   has changed. Normal and silent stations are drawn on the canvas, alarms are marks above it. */
(function () {
  "use strict";
  var NORMAL = 0, OFFLINE = 5, PHONE = 767;
  var ALARMS_EVERY = 10000;
  var maps = {};             // name of the map -> what stands on it
  var worst = {}, asked = 0, levels = "";   // station -> its first open alarm, and when that was asked
  var house = (window.pumphouse = window.pumphouse || {});

  function token(name) { return getComputedStyle(document.documentElement).getPropertyValue("--" + name).trim(); }
  function phone() { return window.innerWidth <= PHONE; }

  // a ring with a slash, on the canvas: two thousand silent stations must stay cheap
  var Slashed = null;
  function slashed(at, options) {
    Slashed = Slashed || L.CircleMarker.extend({
      _updatePath: function () {
        var renderer = this._renderer, context = renderer._ctx;
        renderer._updateCircle(this);
        if (!renderer._drawing || this._empty() || !this.options.slash) return;
        var r = this._radius * 0.7, p = this._point;
        context.beginPath();
        context.moveTo(p.x - r, p.y + r);
        context.lineTo(p.x + r, p.y - r);
        context.lineWidth = this.options.weight;
        context.strokeStyle = this.options.color;
        context.globalAlpha = 1;
        context.stroke();
      },
    });
    return new Slashed(at, options);
  }

  function style(feature) {
    var kind = feature.properties.kind;
    if (kind === "district") return { stroke: true, color: token("coast"), weight: 1, fillColor: token("land"), fillOpacity: 1, interactive: false };
    if (kind === "road") return { color: token("road"), weight: 1, fill: false, interactive: false };
    if (kind === "water") return { stroke: false, fill: true, fillColor: token("sea"), fillOpacity: 1, interactive: false };
    return { color: token("coast"), weight: 1, fill: false, interactive: false };
  }

  function attach(feature, layer, context) {
    var map = (context && context.map) || layer._map;
    if (!map) return;
    var box = map.getContainer().closest(".map-box");
    if (!box) return;
    var one = maps[box.dataset.map];
    if (!one || one.map !== map) one = begin(map, box);
    if (feature.properties.kind === "district") {
      one.bounds = one.bounds ? one.bounds.extend(layer.getBounds()) : L.latLngBounds(layer.getBounds());
      label(one, feature.properties);
      clearTimeout(one.fitting);
      one.fitting = setTimeout(function () { fit(one); }, 30);
    }
  }

  function begin(map, box) {
    // moved in the plane: in space, as Leaflet would have it, each mark is a layer that every picture is put together of
    L.Browser.ie3d = true;
    var one = maps[box.dataset.map] = {
      map: map, box: box, signs: JSON.parse(box.dataset.signs), words: JSON.parse(box.dataset.mapWords),
      dots: [], marks: {}, shown: [], places: null, filter: null, selected: null, halo: null,
    };
    var pane = map.createPane("labels");
    pane.style.zIndex = 450;
    pane.style.pointerEvents = "none";
    map.on("unload", function () {
      one.gone = true;
      clearTimeout(one.fitting);
      resized.disconnect();
      if (maps[box.dataset.map] === one) delete maps[box.dataset.map];
    });
    map.on("moveend", function () { tidy(one); emit("map:moved", one); });
    var resized = new ResizeObserver(function () {
      if (one.gone || !box.isConnected) return;
      map.invalidateSize();
      if (!one.touched) fit(one);
    });
    resized.observe(map.getContainer());
    map.on("zoomstart dragstart", function (event) { if (event.originalEvent || !one.byUs) one.touched = !one.byUs; });
    askPlaces(one, box);
    return one;
  }

  function askPlaces(one, box) {
    window.fetch("/api/places/stations").then(function (answer) { return answer.json(); }).then(function (places) {
      if (maps[box.dataset.map] !== one) return;
      one.places = places;
      if (places.source) box.querySelector(".map-source").textContent = places.source;
      one.index = {};
      places.id.forEach(function (id, i) { one.index[id] = i; });
      places.id.forEach(function (id, i) { plant(one, i); });
      if (house.live && house.live.fleet) restyle(one, house.live.fleet);
      emit("map:ready", one);
    }).catch(function () {   // the server is away: the map fills when it is back
      setTimeout(function () { if (maps[box.dataset.map] === one) askPlaces(one, box); }, 5000);
    });
  }

  function emit(name, one) { document.dispatchEvent(new CustomEvent(name, { detail: one })); }

  function fit(one) {
    if (!one.bounds || one.gone || !one.box.isConnected) return;
    one.byUs = true;
    var right = one.padRight || 0, above = one.box.querySelector(".map-colours") ? 56 : 0;
    // where the map is narrow its legend would lie over the town; elsewhere over the sea
    var legend = one.box.querySelector(".map-legend");
    var below = legend && legend.offsetWidth > one.box.offsetWidth / 2 ? legend.offsetHeight + 8 : 0;
    one.map.fitBounds(one.bounds, { paddingTopLeft: [14, 34 + above], paddingBottomRight: [14 + right, 14 + below], animate: false });
    one.byUs = false;
    tidy(one);
  }

  // names of districts stay inside the map and beside each other
  function tidy(one) {
    var frame = one.map.getContainer().getBoundingClientRect(), taken = [];
    one.box.querySelectorAll(".map-label > div").forEach(function (node) {
      node.style.transform = "";
      var at = node.getBoundingClientRect(), x = 0, y = 0;
      x = Math.max(0, frame.left + 4 - at.left) - Math.max(0, at.right - frame.right + 4);
      taken.forEach(function (other) {
        var beside = at.left + x < other.right && at.right + x > other.left;
        if (beside && at.top + y < other.bottom && at.bottom + y > other.top) y = other.bottom - at.top;
      });
      if (x || y) node.style.transform = "translate(" + x + "px," + y + "px)";
      taken.push({ left: at.left + x, right: at.right + x, top: at.top + y, bottom: at.bottom + y });
    });
  }

  function label(one, properties) {
    if (!properties.label || properties.label[0] === null) return;
    var node = document.createElement("div");
    var name = document.createElement("b"), count = document.createElement("span");
    name.textContent = properties.name;
    count.textContent = properties.count;
    node.append(name, count);
    L.marker(properties.label, {
      pane: "labels", interactive: false, keyboard: false,
      icon: L.divIcon({ className: "map-label", html: node, iconSize: [160, 34], iconAnchor: [80, 17] }),
    }).addTo(one.map);
  }

  function dotStyle(state, hidden, step) {
    if (hidden) return { stroke: false, fill: false, radius: 0.01, slash: false };
    if (state === OFFLINE) return { stroke: true, color: token("line3"), weight: 1.3, fill: true, fillColor: token("land"), fillOpacity: 1, radius: phone() ? 3 : 4.2, slash: true };
    if (state !== NORMAL) return { stroke: false, fill: false, radius: 6, slash: false };
    if (step >= 0) return { stroke: true, color: token("line3"), weight: 0.6, fill: true, fillColor: shade(step), fillOpacity: 1, radius: phone() ? 2.6 : 4, slash: false };
    return { stroke: false, fill: true, fillColor: token("mapdot"), fillOpacity: 1, radius: phone() ? 1.4 : 2.2, slash: false };
  }

  function plant(one, i) {
    var places = one.places;
    if (places.lat[i] === null || places.lon[i] === null) return;
    var dot = slashed([places.lat[i], places.lon[i]], Object.assign(dotStyle(NORMAL), { bubblingMouseEvents: false }));
    dot.bindTooltip(function () { return nameNode(one, i); }, { direction: "top", offset: [0, -4], className: "map-tip" });
    dot.on("click", function () { select(one, i, true); });
    dot.addTo(one.map);
    one.dots[i] = dot;
  }

  // a text node, never HTML: names of stations are what somebody typed
  function nameNode(one, i) {
    var node = document.createElement("span");
    node.textContent = one.places.name[i];
    return node;
  }

  // what the levels do not tell: what an alarm says, and whether its cause has gone
  function askAlarms(fleet) {
    var now = Date.now(), seen = fleet.state.join("") + fleet.unack.join("");
    if (!Object.keys(maps).length || (seen === levels && now - asked < ALARMS_EVERY)) return;
    levels = seen; asked = now;
    window.fetch("/api/places/alarms").then(function (answer) { return answer.ok ? answer.json() : {}; })
      .then(function (found) {
        house.map.worst = worst = found;
        Object.values(maps).forEach(function (one) { if (one.fleet) restyle(one, one.fleet); });
        emit("map:alarms", null);
      }).catch(function () { /* the live feed says that the server is away; the next tick asks again */ });
  }

  function mark(one, i, state, kind) {
    var old = one.marks[i];
    if (old) { old.remove(); delete one.marks[i]; }
    if (state === NORMAL || state === OFFLINE || one.places.lat[i] === null) return;
    var scale = phone() ? 0.75 : 1;
    var holder = document.createElement("div");
    holder.innerHTML = one.signs[state + kind];
    var svg = holder.firstElementChild;
    var size = parseFloat(svg.getAttribute("width")) * scale;
    svg.setAttribute("width", size);
    svg.setAttribute("height", size);
    var icon = L.divIcon({ className: "map-sign", html: holder, iconSize: [size, size], iconAnchor: [size / 2, size / 2] });
    var made = L.marker([one.places.lat[i], one.places.lon[i]], { icon: icon, zIndexOffset: (6 - state) * 10000 - (kind === "r" ? 5000 : 0), keyboard: false });
    made.bindTooltip(function () { return nameNode(one, i); }, { direction: "top", offset: [0, -8], className: "map-tip" });
    made.on("click", function () { select(one, i, true); });
    made.addTo(one.map);
    one.marks[i] = made;
  }

  function restyle(one, fleet) {
    if (!one.places) return;
    var counts = [0, 0, 0, 0, 0, 0];
    for (var n = 0; n < fleet.id.length; n++) {
      var i = one.index[fleet.id[n]];
      if (i === undefined) continue;
      var state = fleet.state[n], alarm = worst[fleet.id[n]];
      var gone = alarm && alarm[0] === state && (alarm[1] === "returned" || alarm[1] === "latched");
      var kind = gone ? "r" : fleet.unack[n] > 0 ? "u" : "";
      counts[state]++;
      var hidden = Boolean(one.filter) && !one.filter(i, state);
      var step = one.colour && state === NORMAL && !hidden ? one.colour(fleet.id[n], n) : -1;
      var now = 32 * (step + 1) + 16 * hidden + 8 * (kind === "r") + (kind === "u" ? state + 8 : state);
      if (one.shown[i] === now) continue;
      one.shown[i] = now;
      if (one.dots[i]) one.dots[i].setStyle(dotStyle(state, hidden, step));
      mark(one, i, hidden ? NORMAL : state, kind);
    }
    one.fleet = fleet;
    one.box.querySelectorAll("[data-state-count]").forEach(function (node) {
      house.put(node, counts[Number(node.dataset.stateCount)].toLocaleString("en-US"));
    });
  }

  // five steps from the field to the first colour of data, mixed here: a canvas knows no color-mix
  function shade(step) {
    function parts(name) { var hex = token(name).replace("#", ""); return [0, 2, 4].map(function (k) { return parseInt(hex.slice(k, k + 2), 16); }); }
    var low = parts("bg2"), high = parts("d1"), share = 0.1 + 0.225 * step;
    return "rgb(" + low.map(function (v, k) { return Math.round(v + (high[k] - v) * share); }).join(",") + ")";
  }

  function select(one, i, told) {
    if (told && !one.box.dataset.select) {
      window.dash_clientside.set_props("shell-url", { pathname: "/map", search: "?station=" + encodeURIComponent(one.places.code[i]) });
      return;
    }
    one.selected = i;
    if (one.halo) { one.halo.remove(); one.halo = null; }
    if (i !== null && one.dots[i]) {
      one.halo = L.circleMarker(one.dots[i].getLatLng(), { radius: 16, color: token("fg1"), weight: 2, fill: false, interactive: false }).addTo(one.map);
    }
    if (one.halo && one.box.dataset.select && !phone()) {   // not under the docked inspector
      one.map.panInside(one.halo.getLatLng(), { paddingTopLeft: [30, 30], paddingBottomRight: [420, 30] });
    }
    if (told) window.dash_clientside.set_props(one.box.dataset.select, { data: i === null ? null : one.places.code[i] });
    emit("map:selected", one);
  }

  document.addEventListener("live:fleet", function (event) {
    askAlarms(event.detail.body);
    Object.values(maps).forEach(function (one) { restyle(one, event.detail.body); });
  });
  document.addEventListener("click", function (event) {
    var button = event.target.closest && event.target.closest("[data-map-act]");
    if (!button) return;
    var one = maps[button.closest(".map-box").dataset.map];
    if (!one) return;
    if (button.dataset.mapAct === "in") one.map.zoomIn();
    if (button.dataset.mapAct === "out") one.map.zoomOut();
    if (button.dataset.mapAct === "fit") { one.touched = false; fit(one); }
  });

  house.map = {
    style: style, attach: attach, shade: shade,
    recolour: function (one, colour) { one.colour = colour; one.shown = []; if (one.fleet) restyle(one, one.fleet); },
    maps: maps, worst: worst, select: select, fit: fit,
    refilter: function (one, filter) { one.filter = filter; if (one.fleet) restyle(one, one.fleet); },
  };
})();
