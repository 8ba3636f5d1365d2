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
  cells.StationMark = function (props) {
    var marks = (props.api.getGridOption("context") || {}).marks || {};
    return window.React.createElement("span", { "data-svg": marks[String(props.value)] || "", className: "sign-box" });
  };
  cells.StationLink = function (props) {
    var href = "/stations/" + encodeURIComponent(props.data.code);
    return window.React.createElement("a", {
      href: href, className: "station-link", title: props.value,
      onClick: function (event) {
        if (event.ctrlKey || event.metaKey || event.button) return;
        event.preventDefault();
        window.history.pushState({}, "", href);
        window.dispatchEvent(new CustomEvent("_dashprivate_pushstate"));
      },
    }, props.value);
  };
})();
