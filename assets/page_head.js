/* Filters of a page: [data-query="NAME"] writes its value into the URL, which then is the page.
   The value of data-default takes the parameter away. */
(function () {
  "use strict";
  function put(name, value, fallback) {
    var query = new URLSearchParams(location.search);
    if (value === "" || value === fallback) query.delete(name); else query.set(name, value);
    var text = query.toString();
    history.pushState({}, "", location.pathname + (text ? "?" + text : ""));
    window.dispatchEvent(new CustomEvent("_dashprivate_pushstate"));
  }
  document.addEventListener("change", function (event) {
    var field = event.target.closest && event.target.closest("select[data-query], input[data-query]");
    if (!field) return;
    var value = field.type === "checkbox" ? (field.checked ? "1" : "") : field.value;
    put(field.dataset.query, value, field.dataset.default || "");
  });
  document.addEventListener("click", function (event) {
    var button = event.target.closest && event.target.closest("button[data-query]");
    if (button) put(button.dataset.query, button.dataset.value || "", button.dataset.default || "");
  });
  // on a phone the tabs of a group scroll: the present one is in view
  document.addEventListener("page:arrived", function () {
    requestAnimationFrame(function () {
      var here = document.querySelector(".group-tabs .tab.on");
      if (here) here.scrollIntoView({ inline: "center", block: "nearest" });
    });
  });

  // a click on a row of a grid chooses its station
  window.dash_clientside = Object.assign({}, window.dash_clientside, {
    page: {
      choose: function (cell) {
        if (!cell || !cell.rowId) return window.dash_clientside.no_update;
        put("sel", "st:" + cell.rowId, "");
        return cell.rowId;
      },
    },
  });
})();
