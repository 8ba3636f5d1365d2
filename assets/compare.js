/* Comparing: keys [ and ] step the time range; the box that adds a station to a comparison; saved
   views.
   [data-span-key="["]   holds the link that the key follows
   [data-add="MOST"]     a box: typing finds stations, choosing one puts it into the URL's `sel`
   [data-views="PAGE"]   <details> with the saved views of a page */
(function () {
  "use strict";
  function cookie(name) {
    var found = document.cookie.split("; ").find(function (c) { return c.startsWith(name + "="); });
    return found ? decodeURIComponent(found.slice(name.length + 1)) : "";
  }
  function go(href) {
    history.pushState({}, "", href);
    window.dispatchEvent(new CustomEvent("_dashprivate_pushstate"));
  }
  function make(tag, props, children) {
    var node = Object.assign(document.createElement(tag), props || {});
    (children || []).forEach(function (child) { node.append(child); });
    return node;
  }

  document.addEventListener("keydown", function (event) {
    if (event.ctrlKey || event.metaKey || event.altKey || (event.key !== "[" && event.key !== "]")) return;
    if (event.target.closest && event.target.closest("input, textarea, select, [contenteditable]")) return;
    var link = document.querySelector('[data-span-key="' + event.key + '"] a');
    if (link) { link.click(); event.preventDefault(); }
  });

  // the box that adds a station
  var places = null;
  function stations() {
    if (!places) {
      places = fetch("/api/places/stations").then(function (answer) { return answer.json(); });
      places.catch(function () { places = null; });
    }
    return places;
  }
  function add(box, code) {
    var query = new URLSearchParams(location.search);
    var chosen = (box.dataset.shown || "").split(",").filter(Boolean);
    if (chosen.indexOf("st:" + code) < 0) chosen.push("st:" + code);
    query.set("sel", chosen.slice(0, Number(box.dataset.add)).join(","));
    go(location.pathname + "?" + query.toString());
  }
  function find(box, words) {
    var list = box.querySelector("ul");
    words = words.trim().toLowerCase();
    if (!words) { list.replaceChildren(); return; }
    stations().then(function (all) {
      var hits = [];
      for (var i = 0; i < all.code.length && hits.length < 8; i += 1) {
        if (all.search[i].indexOf(words) >= 0) hits.push(i);
      }
      list.replaceChildren.apply(list, hits.map(function (n) {
        var item = make("button", { type: "button", className: "add-hit" },
          [all.name[n], make("span", { className: "hint", textContent: all.code[n] + " · " + all.district[n] })]);
        item.addEventListener("click", function () { add(box, all.code[n]); });
        return make("li", {}, [item]);
      }));
      if (!hits.length) list.replaceChildren(make("li", { className: "hint", textContent: box.dataset.none }));
    });
  }
  document.addEventListener("toggle", function (event) {
    var box = event.target.closest && event.target.closest("[data-add]");
    if (box && event.target.open) {
      var place = box.querySelector(".add-field");
      if (!place.firstChild) {
        var field = make("input", { type: "search", className: "field", placeholder: box.dataset.words, autocomplete: "off" });
        field.setAttribute("aria-label", box.dataset.words);
        field.addEventListener("input", function () { find(box, field.value); });
        field.addEventListener("keydown", function (press) {
          var first = box.querySelector(".add-hit");
          if (press.key === "Enter" && first) first.click();
          if (press.key === "Escape") event.target.open = false;
        });
        place.append(field);
      }
      place.firstChild.focus();
    }
    var views = event.target.closest && event.target.closest("[data-views]");
    if (views && event.target.open) open(views);
  }, true);
  document.addEventListener("click", function (event) {
    document.querySelectorAll(".views[open], .add-box[open], .time-bar details[open]").forEach(function (node) {
      if (!node.contains(event.target)) node.open = false;
    });
  });

  // saved views
  function ask(views, method, tail, body) {
    return fetch("/api/views/" + views.dataset.views + (tail || ""), {
      method: method, body: body ? JSON.stringify(body) : undefined,
      headers: { "X-CSRFToken": cookie("_csrf_token"), "Content-Type": "application/json" },
    }).then(function (answer) {
      return answer.json().then(function (rows) {
        views.querySelector(".views-said").textContent = answer.ok ? "" : rows.error;
        if (answer.ok) show(views, rows);
        return answer.ok;
      });
    });
  }
  function show(views, rows) {
    var words = JSON.parse(views.dataset.words), list = views.querySelector(".views-list");
    list.replaceChildren.apply(list, rows.map(function (row) {
      var link = make("a", { href: row.href, textContent: row.name });
      link.setAttribute("data-link", "1");
      var note = [row.shared ? words.shared : "", row.by].filter(Boolean).join(" · ");
      var parts = [link, make("span", { className: "hint", textContent: note })];
      if (row.removable) {
        var gone = make("button", { type: "button", className: "plain-action", textContent: "×", title: words.remove });
        gone.setAttribute("aria-label", words.remove + " " + row.name);
        gone.addEventListener("click", function () { ask(views, "DELETE", "/" + row.id); });
        parts.push(gone);
      }
      return make("li", {}, parts);
    }));
    if (!rows.length) list.replaceChildren(make("li", { className: "hint", textContent: words.none }));
  }
  function open(views) {
    var words = JSON.parse(views.dataset.words), place = views.querySelector(".views-name");
    if (!place.firstChild) {
      var field = make("input", { className: "field", maxLength: Number(place.dataset.longest), name: "view-name" });
      field.setAttribute("aria-label", words.name);
      field.addEventListener("keydown", function (press) { if (press.key === "Enter") save(views); });
      var box = make("input", { type: "checkbox", name: "view-shared" });
      place.append(field, make("label", { className: "views-share" }, [box, " " + words.share]));
    }
    ask(views, "GET");
  }
  function save(views) {
    var field = views.querySelector('[name="view-name"]'), shared = views.querySelector('[name="view-shared"]');
    ask(views, "POST", "", {
      name: field.value, shared: shared.checked, path: location.pathname, query: location.search.replace(/^\?/, ""),
    }).then(function (kept) { if (kept) { field.value = ""; shared.checked = false; } });
  }
  document.addEventListener("click", function (event) {
    var button = event.target.closest && event.target.closest("[data-views-save]");
    if (button) save(button.closest("[data-views]"));
  });
})();
