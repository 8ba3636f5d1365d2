/* Alarms of level 1 and 2 that are new pop up on whatever page is open; level 1 sounds until it is
   acknowledged. What was there before this browser came isn't new. The sound is made here (WebAudio);
   one can mute it for 10 minutes. A wall screen (kiosk) shows and sounds the same, without buttons. */
(function () {
  "use strict";
  var NEW = 120, SLOW = 30000, MUTE = 600000, BEEP = 2500;
  var asked = 0, busy = false, shown = null, sound = null, beat = 0;
  var seen = load("alerts.seen", null), hidden = load("alerts.hidden", {});

  function load(name, other) {
    try { return JSON.parse(sessionStorage.getItem(name)) || other; } catch (error) { return other; }
  }
  function keep(name, value) {
    try { sessionStorage.setItem(name, JSON.stringify(value)); } catch (error) { /* no storage, no memory */ }
  }
  function box() { return document.getElementById("shell-alerts"); }
  function words() { return JSON.parse(box().dataset.words); }
  function kiosk() { return document.documentElement.classList.contains("kiosk"); }
  function make(tag, css, text) {
    var node = document.createElement(tag);
    if (css) node.className = css;
    if (text !== undefined) node.textContent = text;
    return node;
  }
  function cookie(name) {
    var found = document.cookie.split("; ").find(function (c) { return c.startsWith(name + "="); });
    return found ? decodeURIComponent(found.slice(name.length + 1)) : "";
  }
  function mutedUntil() {
    var at = 0;
    try { at = Number(localStorage.getItem("alerts.muted") || 0); } catch (error) { at = 0; }
    return at > Date.now() ? at : 0;
  }

  function button(label, css, act) {
    var node = make("button", css, label);
    node.type = "button";
    node.addEventListener("click", act);
    return node;
  }

  function toast(one, said, may) {
    var node = make("article", "popup l" + one.level), line = make("div", "popup-line");
    node.dataset.alarm = one.id;
    var sign = make("span", "sign-box");
    sign.innerHTML = one.sign;
    line.append(sign, make("strong", "", one.name));
    var since = make("span", "popup-since");
    since.dataset.since = one.since;
    line.append(since);
    node.append(line, make("p", "popup-place", [one.place, one.value].filter(function (t) { return t && t !== "—"; }).join(" · ")));
    if (kiosk()) return node;
    var acts = make("div", "popup-acts");
    if (may) {
      acts.append(button(said.acknowledge, "button primary", function (event) {
        event.target.disabled = true;
        fetch("/api/alerts/" + one.id + "/acknowledge", { method: "POST", headers: { "X-CSRFToken": cookie("_csrf_token") } })
          .then(function (answer) {
            if (!answer.ok && answer.status !== 409) { event.target.textContent = said.failed; return; }
            hide(one.id);
          });
      }));
    }
    var open = make("a", "button", said.open);
    open.href = one.href;
    open.dataset.link = "1";
    open.addEventListener("click", function () { hide(one.id); });
    acts.append(open, button(said.later, "button quiet", function () { hide(one.id); }));
    node.append(acts);
    return node;
  }

  function hide(id) {
    hidden[id] = 1;
    keep("alerts.hidden", hidden);
    shown = null;
    ask();
  }

  function soundLine(said) {
    var line = make("div", "popup-sound");
    if (!sound || sound.state !== "running") {
      line.append(make("span", "", said.needs_click), button(said.sound, "button quiet", function () { start(); ask(); }));
      return line;
    }
    if (mutedUntil()) {
      line.append(make("span", "", said.muted), button(said.unmute, "button quiet", function () { mute(0); }));
    } else {
      line.append(button(said.mute, "button quiet", function () { mute(Date.now() + MUTE); }));
    }
    return line;
  }
  function mute(until) {
    try { localStorage.setItem("alerts.muted", String(until)); } catch (error) { /* then it sounds on */ }
    shown = null;
    ask();
  }

  function start() {
    var Context = window.AudioContext || window.webkitAudioContext;
    if (!Context) return;
    sound = sound || new Context();
    if (sound.state === "suspended") sound.resume().then(ask, function () { /* not before a click */ });
  }
  function tone(at, frequency) {
    var source = sound.createOscillator(), volume = sound.createGain();
    source.frequency.value = frequency;
    volume.gain.setValueAtTime(0.0001, at);
    volume.gain.exponentialRampToValueAtTime(0.25, at + 0.02);
    volume.gain.exponentialRampToValueAtTime(0.0001, at + 0.28);
    source.connect(volume).connect(sound.destination);
    source.start(at);
    source.stop(at + 0.3);
  }
  function beep() {
    if (!sound || sound.state !== "running" || mutedUntil()) return;
    [880, 660, 880].forEach(function (frequency, n) { tone(sound.currentTime + n * 0.32, frequency); });
  }
  function sounding(on) {
    if (on && !beat) { start(); beep(); beat = setInterval(beep, BEEP); }
    if (!on && beat) { clearInterval(beat); beat = 0; }
    document.documentElement.dataset.alertSound = on ? (mutedUntil() ? "muted" : "on") : "off";
  }
  document.addEventListener("pointerdown", function () { if (beat && sound && sound.state === "suspended") start(); });

  function show(answer) {
    var now = Date.now() / 1000, fresh = {};
    if (!seen) seen = {};
    answer.alerts.forEach(function (one) {
      fresh[one.id] = one.id in seen ? seen[one.id] : (now - one.at < NEW ? 1 : 0);
    });
    seen = fresh;
    keep("alerts.seen", seen);
    Object.keys(hidden).forEach(function (id) { if (!(id in seen)) delete hidden[id]; });
    var wanting = answer.alerts.filter(function (one) { return seen[one.id]; });
    sounding(wanting.some(function (one) { return one.level === 1; }));
    var news = location.pathname === "/alarms" ? [] : wanting.filter(function (one) { return !hidden[one.id]; });
    draw(news, answer.may);
    var badge = document.querySelector("#shell-bell .tray-badge");
    if (badge) { badge.hidden = !answer.unseen; window.pumphouse.put(badge, answer.unseen > 99 ? "99+" : String(answer.unseen)); }
  }

  function draw(news, may) {
    var ids = news.map(function (one) { return one.id; }).concat(beat ? ["sound", mutedUntil() ? 1 : 0, sound && sound.state] : []);
    if (shown && ids.join() === shown.join()) return;
    shown = ids;
    var most = window.innerWidth < 768 ? 1 : 3;
    var said = words(), nodes = news.slice(0, most).map(function (one) { return toast(one, said, may); });
    if (news.length > most) {
      var more = make("a", "popup-more", said.more.replace("{count}", news.length - most));
      more.href = "/alarms";
      more.dataset.link = "1";
      nodes.push(more);
    }
    if (beat && !kiosk()) nodes.push(soundLine(said));
    box().replaceChildren.apply(box(), nodes);
    box().hidden = !nodes.length;
    document.documentElement.classList.toggle("alerting", Boolean(nodes.length));
  }

  function ask() {
    if (busy || !box()) return;
    busy = true;
    asked = Date.now();
    fetch("/api/alerts").then(function (answer) { return answer.ok ? answer.json() : null; })
      .then(function (answer) { if (answer && box()) show(answer); })
      .catch(function () { /* the live feed says that the server is away */ })
      .then(function () { busy = false; });
  }

  document.addEventListener("live:fleet", function (event) {
    var levels = event.detail.body.levels || {};
    if (levels.unacknowledged_urgent || (shown && shown.length) || beat || Date.now() - asked > SLOW) ask();
  });
  document.addEventListener("page:arrived", function () { shown = null; ask(); });
})();
