"use strict";
(() => {
  const items = [...document.querySelectorAll(".q")];
  const buttons = [...document.querySelectorAll(".tools button")];
  const search = document.querySelector(".tools input");
  const count = document.querySelector(".tools output");
  let stage = "";
  const shows = (item, words) =>
    (!stage || item.dataset.s === stage || item.dataset.w === stage || (stage === "wrong" && item.querySelector("summary .tag.bad"))) &&
    words.every((word) => item.textContent.toLowerCase().includes(word));
  const apply = () => {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const item of items) shown += !(item.hidden = !shows(item, words));
    count.textContent = `${shown} of ${items.length}`;
    for (const button of buttons) button.setAttribute("aria-pressed", String(button.value === stage));
  };
  const choose = (value) => { stage = value; apply(); };
  for (const button of buttons) button.addEventListener("click", () => choose(button.value));
  for (const button of document.querySelectorAll(".funnel button"))
    button.addEventListener("click", () => { choose(button.value); document.querySelector("#questions").scrollIntoView(); });
  let waiting;
  search.addEventListener("input", () => { clearTimeout(waiting); waiting = setTimeout(apply, 150); });
  apply();
})();
