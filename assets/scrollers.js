/* What scrolls can be reached by the keyboard (WCAG 2.1.1): a box that is fuller than itself becomes
   a stop of the Tab key under the name of its panel, for as long as it is. */
(function () {
  "use strict";
  var BOXES = ".panel-body, .scroll, .detail-pane, .detail-body, .board-place", REST = 400; // ms
  var waiting = 0;

  function scrolls(box) {
    var high = box.scrollHeight > box.clientHeight + 1, wide = box.scrollWidth > box.clientWidth + 1;
    if (!high && !wide) return false;
    var style = getComputedStyle(box);
    return (high && /auto|scroll/.test(style.overflowY)) || (wide && /auto|scroll/.test(style.overflowX));
  }
  function mark() {
    waiting = 0;
    document.querySelectorAll(BOXES).forEach(function (box) {
      var ours = box.dataset.scrolls === "1", now = scrolls(box);
      if (now === ours || (now && box.hasAttribute("tabindex"))) return;
      if (!now) { ["tabindex", "role", "aria-label", "data-scrolls"].forEach(function (name) { box.removeAttribute(name); }); return; }
      var near = box.closest(".panel"), title = near && near.querySelector("h1, h2");
      box.dataset.scrolls = "1";
      box.tabIndex = 0;
      if (title && !box.hasAttribute("role")) { box.setAttribute("role", "region"); box.setAttribute("aria-label", title.textContent); }
    });
  }
  function soon() { if (!waiting) waiting = setTimeout(mark, REST); }
  window.addEventListener("resize", soon);
  document.addEventListener("DOMContentLoaded", function () {
    new MutationObserver(soon).observe(document.body, { childList: true, subtree: true });
  });
})();
