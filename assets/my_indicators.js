/* The focus follows a card that was moved, so that one key moves it on. */
(function () {
  "use strict";
  window.dash_clientside = Object.assign({}, window.dash_clientside, {
    cards: {
      follow: function (body, step) {
        var name = step && step.step ? String(step.step) : "";
        if (!/^(up|down|pin|unpin):/.test(name)) return window.dash_clientside.no_update;
        requestAnimationFrame(function () {
          var verb = name.split(":")[0], key = name.slice(verb.length + 1);
          var other = { up: "down", down: "up", pin: "unpin", unpin: "pin" }[verb];
          var order = verb === "pin" || verb === "unpin" ? [other] : [verb, other];
          order.some(function (one) {
            var found = document.querySelector('[data-step="' + CSS.escape(one + ":" + key) + '"]');
            if (found && !found.disabled) found.focus();
            return found && !found.disabled;
          });
        });
        return name;
      },
    },
  });
})();
