/* Puts the SVG text of [data-svg] elements into the page, and keeps it when it changes. */
(function () {
  "use strict";
  // a text that changes is no new node: those who watch the page for new ones are left alone
  (window.pumphouse = window.pumphouse || {}).put = function (node, text) {
    var only = node.firstChild;
    if (node.textContent === text) return;
    if (only && only === node.lastChild && only.nodeType === Node.TEXT_NODE) only.data = text;
    else node.textContent = text;
  };
  function draw(node) {
    if (node.drawn !== node.dataset.svg) {
      node.drawn = node.dataset.svg;
      node.innerHTML = node.drawn;
    }
  }
  function drawAll(root) {
    if (root.nodeType !== 1) return;
    if (root.dataset.svg !== undefined) draw(root);
    root.querySelectorAll("[data-svg]").forEach(draw);
  }
  new MutationObserver(function (changes) {
    changes.forEach(function (change) {
      if (change.type === "attributes") draw(change.target);
      else change.addedNodes.forEach(drawAll);
    });
  }).observe(document.documentElement, {
    subtree: true, childList: true, attributes: true, attributeFilter: ["data-svg"],
  });
  document.addEventListener("DOMContentLoaded", function () { drawAll(document.body); });
})();
