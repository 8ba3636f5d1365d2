/* One clock for all that moves by itself, so that a page is drawn once a second and no oftener.

   beat        event on document: a second is over; clock, ages and rings move with it
   beat:soon   every other second, a little before a beat: who asks the server then is answered
               in time for it
   inTime(x)   x at the beat when that is near, else at once (a promise, or x itself) */
(function () {
  "use strict";
  var SECOND = 1000, AHEAD = 250;
  var waiting = [], near = false, even = false;

  function emit(name) { document.dispatchEvent(new CustomEvent(name)); }

  setInterval(function () {
    near = false;
    waiting.splice(0).forEach(function (go) { go(); });
    emit("beat");
    even = !even;
    if (even) setTimeout(function () { near = true; emit("beat:soon"); }, SECOND - AHEAD);
  }, SECOND);

  (window.pumphouse = window.pumphouse || {}).inTime = function (value) {
    if (!near) return value;
    return new Promise(function (done) { waiting.push(function () { done(value); }); });
  };
})();
