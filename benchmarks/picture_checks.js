// What a person would call a fault of the page, as [kind, where, what] lines; and what is needed to
// judge the rest outside: texts in drawings with their colour and place, and every character shown.
() => {
  const found = [], drawn = [], characters = new Set();
  const where = (e) => {
    const names = [];
    for (let at = e; at && names.length < 3; at = at.parentElement) {
      const css = typeof at.className === "string" ? at.className : at.className?.baseVal ?? "";
      names.unshift(at.tagName.toLowerCase() + (css.trim() ? "." + css.trim().split(/\s+/).join(".") : ""));
    }
    return names.join(" > ");
  };
  const hidden = (e) => {
    // not drawn at all, such as what a closed <details> holds
    if (!e.checkVisibility()) return true;
    for (let at = e; at; at = at.parentElement) {
      const style = getComputedStyle(at);
      if (style.visibility === "hidden" || style.display === "none" || +style.opacity === 0) return true;
      if (at.hidden || at.getAttribute("aria-hidden") === "true" && at.tagName === "DETAILS") return true;
    }
    return false;
  };
  // what a dialog lies over is out of reach, dimmed on purpose
  const modal = document.querySelector("dialog:modal");
  // scrolled away or under something else; what lets the pointer through is not, nor is a chart's text
  const covered = (svg, box) => [box.top + 1, box.bottom - 1].some((y) => {
    const top = document.elementFromPoint((box.left + box.right) / 2, y);
    // a mark that is cut by its list has the list's own panel at its place
    if (svg.classList.contains("sign")) return !svg.contains(top);
    return top && !top.contains(svg) && !svg.contains(top) && !svg.closest(".js-plotly-plot");
  });
  const told = (e) => {
    for (let at = e, n = 0; at && n < 5; at = at.parentElement, n += 1)
      if (at.title || at.getAttribute("aria-label") || at.querySelector?.(":scope > title")) return true;
    return false;
  };
  const root = document.documentElement;
  if (root.scrollWidth > innerWidth + 1)
    found.push(["overflow", "page", `${root.scrollWidth - innerWidth} px wider than the screen`]);
  const content = document.getElementById("shell-content");
  if (content && content.scrollWidth > content.clientWidth + 1)
    found.push(["overflow", "content", `${content.scrollWidth - content.clientWidth} px wider than its place`]);

  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const node = walker.currentNode, text = node.textContent.trim(), e = node.parentElement;
    if (!text || !e || ["SCRIPT", "STYLE", "NOSCRIPT", "OPTION", "TITLE"].includes(e.tagName)) continue;
    const range = document.createRange();
    range.selectNodeContents(node);
    const box = range.getBoundingClientRect();
    if (box.width < 1 || box.height < 1 || hidden(e)) continue;
    for (const one of text) characters.add(one);
    const svg = e.ownerSVGElement;
    const scale = svg && e.getScreenCTM ? Math.hypot(e.getScreenCTM().a, e.getScreenCTM().b) : 1;
    const size = parseFloat(getComputedStyle(e).fontSize) * scale;
    // the digit in the shape of an alarm is a sign, not a word: the word stands beside it
    if (size < 10.95 && !(svg && svg.closest(".sign"))) found.push(["small text", where(e), `${size.toFixed(1)} px: ${text.slice(0, 40)}`]);
    let left = -Infinity, right = Infinity, top = -Infinity, bottom = Infinity, by = null, soft = false;
    for (let at = e; at; at = at.parentElement) {
      const style = getComputedStyle(at), outer = at.getBoundingClientRect();
      if (outer.width <= 2 || outer.height <= 2) { left = Infinity; break; } // for screen readers
      if (/auto|scroll/.test(style.overflowX + style.overflowY)) break;
      if (style.textOverflow === "ellipsis") soft = true;
      if (/hidden|clip/.test(style.overflowX) && at !== document.body && at !== root) {
        if (outer.right < right) { right = outer.right; by = at; }
        left = Math.max(left, outer.left);
      }
      if (/hidden|clip/.test(style.overflowY) && at !== document.body && at !== root) {
        bottom = Math.min(bottom, outer.bottom);
        top = Math.max(top, outer.top);
      }
    }
    if (box.right <= left || box.left >= right || box.bottom <= top || box.top >= bottom) continue;
    const cut = Math.max(box.right - right, left - box.left);
    if (cut > 1.5 && !(soft && told(e) && !/^[\d.,%−+-]+$/.test(text)))
      found.push(["clipped text", where(e), `${text.slice(0, 40)} (${cut.toFixed(0)} px)`]);
    else if (box.bottom - bottom > box.height / 4 || top - box.top > box.height / 4)
      found.push(["half a line", where(e), text.slice(0, 40)]);
    // a heading that runs into the next one
    const cell = e.closest("th, td"), room = cell && cell.getBoundingClientRect();
    if (room && (box.right > room.right + 1.5 || box.left < room.left - 1.5) && cell.contains(e) && !soft && left < right)
      found.push(["overflow", where(e), `${text.slice(0, 40)} runs out of its cell`]);
    const inside = box.top >= 0 && box.bottom <= innerHeight && box.left >= 0 && box.right <= innerWidth;
    if (svg && inside && (!modal || modal.contains(e)) && !covered(svg, box)) {
      const style = getComputedStyle(e);
      const bold = +style.fontWeight >= 600;
      drawn.push({
        text: text.slice(0, 40), where: where(e), fill: style.fill, size, bold, mark: !/[\p{L}\p{N}]/u.test(text),
        alpha: +style.fillOpacity * +style.opacity,
        box: [box.left, box.top, box.right, box.bottom],
      });
    }
  }
  return { found, drawn, characters: [...characters].join("") };
}
