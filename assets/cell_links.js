/* A cell of a grid that is a link: its value is {text, href}. Sorted by its text. */
(function () {
  "use strict";
  var cells = (window.dashAgGridComponentFunctions = window.dashAgGridComponentFunctions || {});
  var functions = (window.dashAgGridFunctions = window.dashAgGridFunctions || {});

  functions.byText = function (one, other) {
    return String(one ? one.text : "").localeCompare(String(other ? other.text : ""));
  };
  cells.CellLink = function (props) {
    var value = props.value;
    if (!value) return "—";
    return window.React.createElement("a", {
      href: value.href, className: "station-link", title: value.text,
      onClick: function (event) {
        if (event.ctrlKey || event.metaKey || event.button) return;
        event.preventDefault();
        window.history.pushState({}, "", value.href);
        window.dispatchEvent(new CustomEvent("_dashprivate_pushstate"));
      },
    }, value.text);
  };
})();
