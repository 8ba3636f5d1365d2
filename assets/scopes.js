/* The box that finds the compound or district that a page is about.
   [data-scopes="WORDS"]  <details>: typing asks the search, choosing writes the URL's `scope` */
(function () {
  "use strict";
  var asked = 0;
  function make(tag, props, children) {
    var node = Object.assign(document.createElement(tag), props || {});
    (children || []).forEach(function (child) { node.append(child); });
    return node;
  }
  function choose(scope) {
    var query = new URLSearchParams(location.search);
    query.set("scope", scope);
    query.delete("sel");
    history.pushState({}, "", location.pathname + "?" + query.toString());
    window.dispatchEvent(new CustomEvent("_dashprivate_pushstate"));
  }
  function shown(box, hits) {
    var rows = hits.reduce(function (found, hit) {
      var place = /^\/(district|compound)s\/([^/?]+)/.exec(hit.href);
      if (!place || (hit.kind !== "district" && hit.kind !== "compound")) return found;
      var item = make("button", { type: "button", className: "add-hit" },
        [hit.name, make("span", { className: "hint", textContent: hit.note })]);
      item.addEventListener("click", function () {
        box.open = false;
        choose(place[1][0] + ":" + decodeURIComponent(place[2]));
      });
      return found.concat(make("li", {}, [item]));
    }, []);
    if (!rows.length) rows.push(make("li", { className: "hint", textContent: box.dataset.none }));
    box.querySelector("ul").replaceChildren.apply(box.querySelector("ul"), rows);
  }
  function find(box, words) {
    var mine = ++asked;
    if (!words.trim()) { box.querySelector("ul").replaceChildren(); return; }
    setTimeout(function () {
      if (mine !== asked) return;
      fetch("/api/find?q=" + encodeURIComponent(words.trim()))
        .then(function (answer) { return answer.ok ? answer.json() : []; })
        .then(function (hits) { if (mine === asked) shown(box, hits); })
        .catch(function () { if (mine === asked) shown(box, []); });
    }, 150);
  }
  document.addEventListener("toggle", function (event) {
    var box = event.target.closest && event.target.closest("[data-scopes]");
    if (!box || !event.target.open) return;
    var place = box.querySelector(".add-field");
    if (!place.firstChild) {
      var field = make("input", { type: "search", className: "field", placeholder: box.dataset.scopes, autocomplete: "off" });
      field.setAttribute("aria-label", box.dataset.scopes);
      field.addEventListener("input", function () { find(box, field.value); });
      field.addEventListener("keydown", function (press) {
        var first = box.querySelector(".add-hit");
        if (press.key === "Enter" && first) first.click();
        if (press.key === "Escape") box.open = false;
      });
      place.append(field);
    }
    place.firstChild.focus();
  }, true);
})();
