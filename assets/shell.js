/* The frame: posts of the header's buttons, 401 to the login, title, current entry, clock. */
(function () {
  "use strict";
  function cookie(name) {
    var found = document.cookie.split("; ").find(function (c) { return c.startsWith(name + "="); });
    return found ? decodeURIComponent(found.slice(name.length + 1)) : "";
  }

  function kiosk() { return document.documentElement.classList.contains("kiosk"); }

  function toLogin() {
    var here = location.pathname + location.search;
    location.assign("/login?" + (kiosk() ? "wall=ended&" : "") + "next=" + encodeURIComponent(here));
  }

  // a wall has nobody to press 'reload'; the server answered just now, and never twice a minute
  function reloadWall() {
    var last = 0;
    try { last = Number(sessionStorage.getItem("wall.reloaded") || 0); } catch (error) { return; }
    if (!kiosk() || Date.now() - last < 60000) return;
    sessionStorage.setItem("wall.reloaded", String(Date.now()));
    location.reload();
  }

  // a page that is open for weeks begins anew once a day, when nobody looks
  function aged(frame) {
    if (performance.now() < 20 * 3600000) return false;
    var hour = new Intl.DateTimeFormat("en-GB", { timeZone: frame.dataset.zone, hour: "2-digit" }).format(new Date());
    return Number(hour) === 4;
  }

  // a wall that came up while the server was away has no content: it tries again
  setInterval(function () {
    if (!kiosk() || document.querySelector("#shell-content > *")) return;
    plainFetch("/healthz").then(function (answer) { if (answer.ok) location.reload(); }, function () { /* later */ });
  }, 30000);

  // a callback or feed that is refused because the session has ended leads to the login; a wall
  // whose page is of an older version than the server, or whose form's token is lost, loads anew
  var plainFetch = window.fetch.bind(window);
  window.fetch = function (target, options) {
    return plainFetch(target, options).then(function (answer) {
      var frame = document.getElementById("shell-frame"), version = answer.headers.get("X-Version");
      if (answer.status === 401) toLogin();
      var old = version && frame && (version !== frame.dataset.version || aged(frame));
      if (answer.status === 400 || old) reloadWall();
      return answer;
    });
  };

  document.addEventListener("click", function (event) {
    var button = event.target.closest && event.target.closest("[data-post]");
    if (!button) return;
    var body = new URLSearchParams({ next: location.pathname + location.search });
    if (button.dataset.language) body.set("language", button.dataset.language);
    if (button.dataset.theme) body.set("theme", button.dataset.theme);
    plainFetch(button.dataset.post, {
      method: "POST", body: body, headers: { "X-CSRFToken": cookie("_csrf_token") },
    }).then(function (answer) {
      if (button.dataset.post === "/logout" || answer.status === 401) location.assign("/login");
      else location.reload();
    });
  });

  // a panel that could not be read asks again at the next beat of its clock: now; one without a
  // clock is part of a page that is loaded anew
  document.addEventListener("click", function (event) {
    var button = event.target.closest && event.target.closest("[data-retry]");
    if (!button) return;
    button.disabled = true;
    if (!button.dataset.retry) { location.reload(); return; }
    window.dash_clientside.set_props(button.dataset.retry, { n_intervals: Date.now() });
  });

  // links in ready HTML stay within the app, as dcc.Link does
  document.addEventListener("click", function (event) {
    var link = event.target.closest && event.target.closest("a[data-link]");
    if (!link || event.defaultPrevented || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
    event.preventDefault();
    history.pushState({}, "", link.getAttribute("href"));
    window.dispatchEvent(new CustomEvent("_dashprivate_pushstate"));
    document.getElementById("shell-content").scrollTop = 0;
  });

  function markCurrent(pathname) {
    document.querySelectorAll(".rail a, .more-sheet a").forEach(function (link) {
      var named = link.querySelector("[data-paths]");
      var paths = (named ? named.dataset.paths : link.getAttribute("href")).split(" ");
      var here = paths.some(function (href) {
        return href === "/" ? pathname === "/" : pathname === href || pathname.startsWith(href + "/");
      });
      if (here) link.setAttribute("aria-current", "page");
      else link.removeAttribute("aria-current");
    });
    document.querySelectorAll(".rail details[open]").forEach(function (node) { node.open = false; });
  }

  var watch = null;          // made once: a formatter costs more than what it says
  function clock() {
    var frame = document.getElementById("shell-frame");
    var node = document.querySelector("[data-clock]");
    if (!frame || !node) return;
    watch = watch || new Intl.DateTimeFormat("en-GB", {
      timeZone: frame.dataset.zone, hour: "2-digit", minute: "2-digit", second: "2-digit",
    });
    window.pumphouse.put(node, watch.format(new Date()));
  }

  // with the clock's second ebb the rings of urgent alarms that nobody has acknowledged: a CSS animation, even in
  // steps, would have the browser draw all of the page sixty times a second
  document.addEventListener("beat", function () { clock(); document.documentElement.classList.toggle("ebb"); });

  // notices go by themselves
  new MutationObserver(function (changes) {
    changes.forEach(function (change) {
      change.addedNodes.forEach(function (node) {
        if (node.nodeType === 1 && node.classList.contains("notice")) {
          setTimeout(function () { node.classList.add("gone"); }, 6000);
        }
      });
    });
  }).observe(document.documentElement, { subtree: true, childList: true });

  window.dash_clientside = Object.assign({}, window.dash_clientside, {
    shell: {
      arrived: function (title, pathname) {
        if (title) document.title = title;
        markCurrent(pathname || "/");
        clock();
        document.dispatchEvent(new CustomEvent("page:arrived"));
        return window.dash_clientside.no_update;
      },
    },
  });
  // a wall screen: ?kiosk=1 without controls, ?scale=1.25 or 1.5 for a distant one, 0.8 for a near
  // one; a device's page bears the class already
  var query = new URLSearchParams(location.search), scale = Number(query.get("scale"));
  if (query.get("kiosk") === "1") document.documentElement.classList.add("kiosk");
  if (scale >= 0.8 && scale <= 2) {
    document.documentElement.style.setProperty("--scale", String(scale));
    document.documentElement.classList.toggle("scaled", scale > 1);
  }
})();
