/* Cells of the list of stations. */
(function () {
  "use strict";
  var cells = (window.dashAgGridComponentFunctions = window.dashAgGridComponentFunctions || {});
  var functions = (window.dashAgGridFunctions = window.dashAgGridFunctions || {});

  functions.fixed = function (value, decimals) {
    if (value === null || value === undefined) return "—";
    if (Math.abs(value) < 0.5 * Math.pow(10, -decimals)) value = 0; /* −0.0 is 0.0 */
    return value.toLocaleString("en-US", { minimumFractionDigits: decimals, maximumFractionDigits: decimals })
      .replace("-", "−");
  };
  /* Worst first: levels 1 to 4, then offline, then normal. */
  functions.urgency = function (one, other) {
    function rank(state) { return state === 0 ? 9 : state; }
    return rank(one) - rank(other);
  };
  /* Why a value looks as it does: its quality, or the share of the span that a figure stands on. */
  functions.lookOf = function (params, field) {
    var words = (params.colDef.context || {}).looks || {}, look = params.data[field + "_look"], share = params.data[field + "_share"];
    if (look) return words[look];
    return share === undefined ? null : (words.share || "").replace("{share}", (100 * share).toFixed(0) + "%");
  };
  cells.StationMark = function (props) {
    var marks = (props.api.getGridOption("context") || {}).marks || {};
    return window.React.createElement("span", { "data-svg": marks[String(props.value)] || "", className: "sign-box" });
  };
  cells.StationLink = function (props) { return link(props, "/stations/", props.data.code); };
  cells.CompoundLink = function (props) { return link(props, "/compounds/", props.data.compound_code); };
  function link(props, path, code) {
    if (!code) return null;
    var href = path + encodeURIComponent(code);
    return window.React.createElement("a", {
      href: href, className: "station-link", title: props.value,
      onClick: function (event) {
        if (event.ctrlKey || event.metaKey || event.button) return;
        event.preventDefault();
        window.history.pushState({}, "", href);
        window.dispatchEvent(new CustomEvent("_dashprivate_pushstate"));
      },
    }, props.value);
  }

  /* What is typed and how the list is sorted stand in the URL, so that a view can be kept and sent. */
  function keep(name, value) {
    var query = new URLSearchParams(location.search);
    if (value) query.set(name, value); else query.delete(name);
    var text = query.toString();
    history.replaceState(history.state, "", location.pathname + (text ? "?" + text : ""));
  }
  window.dash_clientside = Object.assign({}, window.dash_clientside, {
    stations: {
      search: function (words, options) {
        keep("search", (words || "").trim());
        return Object.assign({}, options, { quickFilterText: words || "" });
      },
    },
  });
  document.addEventListener("page:arrived", function () {
    if (location.pathname !== "/stations" || !window.dash_ag_grid) return;
    window.dash_ag_grid.getApiAsync("stations-grid").then(function (api) {
      if (window.innerWidth <= 767) api.setColumnsPinned(["name"], "left"); // one scrolls sideways and keeps the name
      api.addEventListener("sortChanged", function (event) {
        if (event.source === "api" || location.pathname !== "/stations") return;
        var by = api.getColumnState().find(function (column) { return column.sort; });
        var usual = by && by.colId === "state" && by.sort === "asc";
        keep("sort", !by || usual ? "" : (by.sort === "desc" ? "-" : "") + by.colId);
      });
    });
  });
})();
