/* What a page asked the server for is dropped when another page has come meanwhile. Pages that are
   alike (the tabs of the alarms, the districts of an analysis) have the same ids: without this a
   slow answer for the former one would stand in the new one. Words to the person (set_props) go
   through. The frame's own callbacks, `shell-...`, belong to no page. */
(function () {
  "use strict";
  var CALLBACK = "/_dash-update-component", CONTENT = "shell-content.", FRAME = /^(\.\.)?shell-/;
  var pages = 0;             // contents that have come
  var fetchOn = window.fetch.bind(window);

  function output(options) {
    try { return String(JSON.parse(options.body).output); } catch (error) { return ""; }
  }
  function without(body, answer) {
    body.response = {};
    return new Response(JSON.stringify(body), { status: answer.status, headers: answer.headers });
  }
  window.fetch = function (target, options) {
    if (!String(target).includes(CALLBACK) || !options || !options.body) return fetchOn(target, options);
    var of = output(options), asked = pages;
    return fetchOn(target, options).then(function (answer) {
      if (of.includes(CONTENT) && answer.status === 200) pages += 1;
      if (asked === pages || FRAME.test(of) || answer.status !== 200) return answer;
      return answer.json().then(function (body) { return without(body, answer); });
    });
  };
})();
