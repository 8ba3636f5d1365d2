/* The tray of background jobs: asks /api/jobs, shows bars, tells when one has ended. */
(function () {
  "use strict";
  var SLOW = 20000, QUICK = 1000;
  var timer = 0, known = {}, busy = false;

  function tray() { return document.getElementById("shell-tray"); }
  function words() { return JSON.parse(tray().dataset.words); }
  function fill(pattern, values) {
    return pattern.replace(/\{(\w+)\}/g, function (_, name) { return values[name]; });
  }
  function cookie(name) {
    var found = document.cookie.split("; ").find(function (c) { return c.startsWith(name + "="); });
    return found ? decodeURIComponent(found.slice(name.length + 1)) : "";
  }
  function post(path) {
    return fetch(path, { method: "POST", headers: { "X-CSRFToken": cookie("_csrf_token") } });
  }
  function make(tag, css, text) {
    var node = document.createElement(tag);
    if (css) node.className = css;
    if (text !== undefined) node.textContent = text;
    return node;
  }
  function count(n) { return n.toLocaleString("en-US"); }
  function size(bytes) {
    return bytes < 1e6 ? Math.max(1, Math.round(bytes / 1e3)) + " kB" : (bytes / 1e6).toFixed(1) + " MB";
  }
  function clock(seconds) {
    if (seconds < 90) return Math.max(1, Math.round(seconds)) + " s";
    return Math.round(seconds / 60) + " min";
  }

  function left(job) {
    // a guess before five seconds have gone would jump about
    if (job.state !== "running" || job.ran < 5 || !job.done || !job.total) return "";
    return fill(words().left, { time: clock(job.ran * (job.total - job.done) / job.done) });
  }

  function row(job) {
    var said = words(), item = make("div", "tray-row " + job.state), line = make("div", "tray-line");
    var title = make("b", "tray-title", job.title);
    title.title = job.title;
    item.append(title, line);
    if (job.state === "running" || job.state === "queued") {
      var bar = make("div", "tray-bar"), inner = make("span");
      var share = job.total ? Math.min(100, 100 * job.done / job.total) : 0;
      inner.style.width = share + "%";
      bar.setAttribute("role", "progressbar");
      bar.setAttribute("aria-valuenow", Math.round(share));
      bar.setAttribute("aria-valuemin", 0);
      bar.setAttribute("aria-valuemax", 100);
      bar.setAttribute("aria-label", job.title);
      bar.append(inner);
      item.append(bar);
      var told = job.cancel ? said.cancelling : job.state === "queued" ? said.queued :
        count(job.done) + " / " + count(job.total) + " " + said[job.unit];
      line.append(make("span", "tray-state", told), make("span", "hint", left(job)));
      var stop = make("button", "tray-act", said.cancel);
      stop.type = "button";
      stop.disabled = job.cancel;
      stop.addEventListener("click", function () {
        stop.disabled = true;
        post("/api/jobs/" + job.id + "/cancel").then(ask);
      });
      line.append(stop);
      return item;
    }
    if (job.state === "done") {
      line.append(make("span", "tray-state", count(job.done) + " " + said.rows + (job.bytes ? " · " + size(job.bytes) : "")));
      line.append(make("span", "hint", job.ended));
      if (job.file) {
        var link = make("a", "tray-act", said.download);
        link.href = "/api/files/" + job.id;
        link.setAttribute("download", "");
        line.append(link);
      } else line.append(make("span", "hint", said.gone));
      return item;
    }
    line.append(make("span", "tray-state", job.state === "failed" ? said.failed_state : said.cancelled), make("span", "hint", job.ended));
    if (job.error) item.append(make("p", "tray-why", job.error));
    return item;
  }

  function toast(text, css) {
    var node = make("div", "notice " + css, text);
    tray().querySelector(".tray-said").append(node);
    setTimeout(function () { node.remove(); }, 8000);
  }

  function tell(jobs) {
    jobs.forEach(function (job) {
      var before = known[job.id];
      if (before === "queued" || before === "running") {
        if (job.state === "done") toast(fill(words().finished, job), "good");
        if (job.state === "failed") toast(fill(words().went_wrong, { title: job.title, why: job.error }), "bad");
      }
      known[job.id] = job.state;
    });
    // a job that ends while a page loads anew is still told
    try { sessionStorage.setItem("tray", JSON.stringify(known)); } catch (error) { /* no storage, no memory */ }
  }

  function open() { return !tray().querySelector(".tray-list").hidden; }

  function show(answer) {
    var rows = tray().querySelector(".tray-rows"), badge = tray().querySelector(".tray-badge");
    var at = document.activeElement && rows.contains(document.activeElement) ? document.activeElement.textContent : "";
    rows.replaceChildren.apply(rows, answer.jobs.length ? answer.jobs.map(row) : [make("p", "hint", words().empty)]);
    if (at) {
      var same = Array.from(rows.querySelectorAll(".tray-act")).find(function (n) { return n.textContent === at; });
      if (same) same.focus();
    }
    var going = answer.jobs.filter(function (j) { return j.state === "running" || j.state === "queued"; }).length;
    var fresh = answer.jobs.filter(function (j) { return !j.seen && (j.state === "done" || j.state === "failed"); }).length;
    badge.hidden = !(going + fresh);
    window.pumphouse.put(badge, String(going + fresh));
    badge.classList.toggle("going", going > 0);
    badge.title = fill(words().waiting, { count: fresh });
    tell(answer.jobs);
    return going > 0;
  }

  function ask() {
    if (!tray()) return;
    clearTimeout(timer);
    if (busy) return;
    busy = true;
    fetch("/api/jobs").then(function (answer) { return answer.ok ? answer.json() : null; })
      .then(function (answer) {
        if (!answer || !tray()) return SLOW;
        return show(answer) ? QUICK : SLOW;
      })
      .catch(function () { return SLOW; })
      .then(function (pause) { busy = false; timer = setTimeout(ask, document.hidden ? SLOW : pause); });
  }

  function toggle(wanted) {
    var list = tray().querySelector(".tray-list"), button = tray().querySelector(".tray-button");
    list.hidden = !wanted;
    button.setAttribute("aria-expanded", String(wanted));
    if (wanted) post("/api/jobs/seen").then(ask);
    else button.focus();
  }

  document.addEventListener("click", function (event) {
    var inside = event.target.closest && event.target.closest("#shell-tray");
    if (!tray()) return;
    if (event.target.closest && event.target.closest(".tray-button")) toggle(!open());
    else if (event.target.closest && event.target.closest(".tray-close")) toggle(false);
    else if (!inside && open() && document.contains(event.target)) toggle(false);
  });
  document.addEventListener("keydown", function (event) {
    if (event.key === "Escape" && tray() && open()) toggle(false);
  });
  document.addEventListener("visibilitychange", function () { if (!document.hidden) ask(); });

  // a page that orders a job says so by a notice: look at once
  new MutationObserver(function (changes) {
    if (changes.some(function (c) { return c.target.id === "shell-notice" && c.addedNodes.length; })) ask();
  }).observe(document.documentElement, { subtree: true, childList: true });

  try { known = JSON.parse(sessionStorage.getItem("tray") || "{}"); } catch (error) { known = {}; }
  document.addEventListener("page:arrived", function () { if (!timer) ask(); });
})();
