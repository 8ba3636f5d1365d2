/* The way down: links to a district, a compound, a pump house, a set or a pump keep time, comparison and filter
   of the present URL; pumps of the mimic lead to their own page; menus of the breadcrumb close. */
(function () {
  "use strict";
  var KEPT = ["from", "to", "cmp", "align", "type"];
  var DOWN = /^\/(districts|compounds|stations)\/./;

  // the header makes room for the way: no :has() there, which would have each tick restyle the page
  function mark() { document.documentElement.classList.toggle("deep", DOWN.test(location.pathname)); }
  document.addEventListener("page:arrived", mark);
  mark();

  function go(href) {
    history.pushState({}, "", href);
    window.dispatchEvent(new CustomEvent("_dashprivate_pushstate"));
    var content = document.getElementById("shell-content");
    if (content) content.scrollTop = 0;
  }
  /* The address with what is kept; one that names a time of its own stays as it is. */
  function kept(href) {
    var there = new URL(href, location.origin), here = new URLSearchParams(location.search);
    if (!DOWN.test(there.pathname) || KEPT.slice(0, 4).some(function (k) { return there.searchParams.has(k); })) return href;
    KEPT.forEach(function (k) { if (here.get(k) && !there.searchParams.has(k)) there.searchParams.set(k, here.get(k)); });
    return there.pathname + there.search + there.hash;
  }
  // before React's own listeners, so that dcc.Link and plain links behave alike
  document.addEventListener("click", function (event) {
    if (event.defaultPrevented || event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    var link = event.target.closest && event.target.closest("#shell-frame a[href]");
    if (!link || link.target === "_blank") return;
    var href = link.getAttribute("href");
    if (!DOWN.test(href)) return;
    var full = kept(href);
    if (full === href) return;
    event.preventDefault();
    event.stopPropagation();
    go(full);
  }, true);
  // a new tab or a copied address has it as well
  ["auxclick", "contextmenu", "mousedown"].forEach(function (name) {
    document.addEventListener(name, function (event) {
      if (name === "mousedown" && !(event.ctrlKey || event.metaKey || event.button === 1)) return;
      var link = event.target.closest && event.target.closest("#shell-frame a[href]");
      if (link && DOWN.test(link.getAttribute("href"))) link.setAttribute("href", kept(link.getAttribute("href")));
    }, true);
  });

  // L.P2 of the mimic is /stations/CODE/L/2
  document.addEventListener("click", function (event) {
    var pump = event.target.closest && event.target.closest('.mimic [data-kind="pump"]');
    var house = pump && pump.closest("[data-station]"), part = pump && /^([LMH])\.P(\d)$/.exec(pump.dataset.bind);
    if (house && part) go(kept("/stations/" + encodeURIComponent(house.dataset.station) + "/" + part[1] + "/" + part[2]));
  });

  document.addEventListener("click", function (event) {
    document.querySelectorAll(".crumb-beside[open]").forEach(function (menu) {
      if (!menu.contains(event.target) || event.target.closest("a")) menu.open = false;
    });
  });
  document.addEventListener("keydown", function (event) {
    if (event.key !== "Escape") return;
    document.querySelectorAll(".crumb-beside[open]").forEach(function (menu) { menu.open = false; menu.firstElementChild.focus(); });
  });
  document.addEventListener("toggle", function (event) {
    var here = event.target.matches && event.target.matches(".crumb-beside[open]") && event.target.querySelector(".on");
    if (here) here.scrollIntoView({ block: "center" });
  }, true);

  window.pumphouse = window.pumphouse || {};
  window.pumphouse.go = go;
  window.pumphouse.kept = kept;
})();
