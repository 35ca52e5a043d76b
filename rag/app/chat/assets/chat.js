// The page's own script. Buttons with data-act are done here or sent to the server through gradio; it also follows marks to their sources, copies, saves, and answers the keyboard.
(() => {
  const questionBox = () => document.querySelector("#by-question textarea");
  const isTyping = (element) => element.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(element.tagName);
  const asks = new Set(["ask", "linked", "again", "anytime", "edited", "instead"]);
  const send = (name, data) => {
    if (asks.has(name)) showAsked(data.question || data.text);
    document.dispatchEvent(new CustomEvent("byline", { detail: { name, data } }));
  };

  function fill(box, text) {
    box.value = text;
    box.dispatchEvent(new Event("input", { bubbles: true }));
  }

  // ---------------------------------------------------------------- buttons

  const acts = {
    edit: editQuestion,
    wrong: (button) => showForm(button.dataset.turn),
    rename,
    next: nextQuote,
    picture,
    close,
  };
  // What gradio is told with another name than the button's act.
  const ofArticle = new Set(["read", "edit_article", "remove_article", "keep_article"]);

  document.addEventListener("click", (event) => {
    document.querySelectorAll("details.by-menu[open]").forEach((menu) => {
      if (!menu.contains(event.target) || event.target.closest(".by-menu-items")) menu.open = false;
    });
    const mark = event.target.closest("a.by-mark");
    if (mark) {
      event.preventDefault();
      follow(mark);
    }
    // On a phone the conversations lie over the page: they close when one is chosen.
    if (innerWidth <= 768 && event.target.closest("#by-new, .by-choose")) document.querySelector("#by-side.open .toggle-button")?.click();
    const button = event.target.closest("button[data-act], button[data-copy]");
    if (!button) return;
    const { act, copy } = button.dataset;
    if (copy !== undefined) copyText(copy);
    else if (acts[act]) acts[act](button);
    else {
      if (ofArticle.has(act) || act === "source") opener = button;
      send(act, { ...button.dataset });
    }
  });

  // A question, or "asked as", is edited where it stands.
  function editQuestion(button) {
    const turn = button.closest(".by-turn").dataset.turn;
    const instead = "instead" in button.dataset;
    const words = instead ? button.previousElementSibling : button.parentElement.querySelector("h2");
    const label = instead ? "The question as it is to be asked" : "Your question";
    editInPlace(words, label, (text) => send(instead ? "instead" : "edited", { turn, text }));
  }

  function rename(button) {
    const choose = button.parentElement.querySelector(".by-choose");
    editInPlace(choose, "Name of the conversation", (text) => send("rename", { id: button.dataset.id, text }), true);
  }

  function editInPlace(element, label, done, mayBeEmpty = false) {
    const box = document.createElement("textarea");
    box.className = "by-edit";
    box.rows = 1;
    box.setAttribute("aria-label", label);
    box.value = element.textContent.trim();
    element.hidden = true;
    element.after(box);
    box.focus();
    box.select();
    let over = false;
    const end = (keep) => {
      if (over) return;
      over = true;
      const text = box.value.trim();
      box.remove();
      element.hidden = false;
      if (keep && (text || mayBeEmpty) && text !== element.textContent.trim()) done(text);
      else element.closest("li, .by-turn")?.querySelector("button")?.focus({ preventScroll: true });
    };
    box.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && !event.shiftKey) { event.preventDefault(); end(true); }
      if (event.key === "Escape") { event.stopPropagation(); end(false); }
    });
    box.addEventListener("blur", () => end(false));
  }

  // ---------------------------------------------------------------- feedback

  function showForm(turn) {
    const form = document.querySelector(`.by-feedback[data-turn="${turn}"]`);
    form.hidden = !form.hidden;
    if (!form.hidden) {
      form.querySelector("input").focus({ preventScroll: true });
      form.scrollIntoView({ block: "nearest" });
    }
  }

  document.addEventListener("submit", (event) => {
    const form = event.target.closest(".by-feedback");
    if (!form) return;
    event.preventDefault();
    const given = new FormData(form);
    const [reason, correction, quote] = ["reason-" + form.dataset.turn, "correction", "quote"].map((name) => given.get(name) || "");
    send("wrong", { turn: form.dataset.turn, reason, correction, quote });
  });

  // Why an answer is what it is, asked for when the fold is opened.
  document.addEventListener("toggle", (event) => {
    if (event.target.matches(".by-why") && event.target.open) send("why", { turn: event.target.dataset.turn });
  }, true);

  // ---------------------------------------------------------------- sources and articles

  let opener = null;

  // A mark in an answer: its source stands beside it.
  function follow(mark) {
    const card = document.getElementById(mark.getAttribute("href").slice(1));
    if (!card) return;
    document.querySelectorAll(".by-card.by-shown").forEach((other) => other.classList.remove("by-shown"));
    card.classList.add("by-shown");
    card.from = mark;
    card.scrollIntoView({ block: "nearest", behavior: "smooth" });
    card.focus({ preventScroll: true });
  }

  let place = -1;

  function quotes() {
    return [...document.querySelectorAll(".by-reader mark")];
  }

  function nextQuote() {
    const found = quotes();
    if (!found.length) return;
    place = (place + 1) % found.length;
    found.forEach((mark, i) => mark.classList.toggle("by-here", i === place));
    // Not with scrollIntoView, which would also scroll what the reader stands in.
    const page = found[place].closest(".by-page");
    page.scrollTop += found[place].getBoundingClientRect().top - page.getBoundingClientRect().top - page.clientHeight / 3;
  }

  // The article has come: it is shown at its first quote, and read with the keyboard.
  let shownReader = null;
  function showReader() {
    const reader = document.querySelector(".by-reader");
    document.body.classList.toggle("by-reading", reader !== null);
    if (reader === shownReader) return;
    shownReader = reader;
    place = -1;
    if (reader) {
      nextQuote();
      reader.focus({ preventScroll: true });
    } else if (opener?.isConnected) opener.focus({ preventScroll: true });
  }

  function close() {
    send("close", {});
  }

  // ---------------------------------------------------------------- copying and saving

  async function copyText(text) {
    try {
      await navigator.clipboard.writeText(text);
      tell("Copied");
    } catch {
      tell("The browser lets nothing be copied here.");
    }
  }

  async function copyRich({ html, text }) {
    try {
      const parts = { "text/html": html, "text/plain": text };
      const blobs = Object.entries(parts).map(([type, part]) => [type, new Blob([part], { type })]);
      await navigator.clipboard.write([new ClipboardItem(Object.fromEntries(blobs))]);
      tell("Copied with its sources");
    } catch {
      copyText(text);
    }
  }

  function save(name, blob) {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(blob);
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
  }

  const replies = {
    nothing: () => {},
    copy: copyRich,
    link: ({ query }) => copyText(new URL(query, location.origin + location.pathname).href),
    save: ({ name, data }) => save(name, new Blob([Uint8Array.from(atob(data), (char) => char.charCodeAt(0))])),
    reasons: ({ turn, html }) => {
      const reasons = document.querySelector(`.by-why[data-turn="${turn}"] .by-reasons`);
      if (reasons) reasons.innerHTML = html;
    },
    close_feedback: ({ turn }) => {
      const form = document.querySelector(`.by-feedback[data-turn="${turn}"]`);
      if (form) { form.reset(); form.hidden = true; }
    },
  };
  window.bylineReply = (text) => {
    const reply = JSON.parse(text);
    replies[reply.do](reply);
  };

  // A quote as a picture: its words, and where they stand.
  function picture({ dataset: { quote, title, paper, date, url } }) {
    const [width, margin, scale] = [1080, 88, 2];
    const canvas = document.createElement("canvas"), draw = canvas.getContext("2d");
    const [serif, sans] = ["46px Georgia, 'DejaVu Serif', serif", "26px system-ui, 'DejaVu Sans', sans-serif"];
    const lines = wrap(draw, serif, `“${quote}”`, width - 2 * margin);
    const below = [title, [paper, date].filter(Boolean).join(" · "), url].filter(Boolean)
      .flatMap((words) => wrap(draw, sans, words, width - 2 * margin).slice(0, 2));
    const height = 2 * margin + lines.length * 66 + 48 + below.length * 40;
    [canvas.width, canvas.height] = [width * scale, height * scale];
    draw.scale(scale, scale);
    draw.fillStyle = "#fffefb";
    draw.fillRect(0, 0, width, height);
    draw.fillStyle = "#0f766e";
    draw.fillRect(0, 0, 14, height);
    draw.textBaseline = "top";
    draw.font = serif;
    draw.fillStyle = "#1c1917";
    lines.forEach((line, i) => draw.fillText(line, margin, margin + i * 66));
    draw.font = sans;
    draw.fillStyle = "#57534e";
    below.forEach((line, i) => draw.fillText(line, margin, margin + lines.length * 66 + 48 + i * 40));
    canvas.toBlob((blob) => save("quote.png", blob), "image/png");
  }

  function wrap(draw, font, text, width) {
    draw.font = font;
    const lines = [""];
    // A word longer than a line, such as a link, is broken.
    for (const word of text.split(/\s+/).flatMap((whole) => whole.match(/.{1,40}/gu) || [])) {
      const longer = lines.at(-1) ? `${lines.at(-1)} ${word}` : word;
      if (draw.measureText(longer).width <= width) lines[lines.length - 1] = longer;
      else lines.push(word);
    }
    return lines;
  }

  // ---------------------------------------------------------------- what is said at the foot of the page

  let clearing;

  function tell(text, { stays = false } = {}) {
    let line = document.getElementById("by-tell");
    if (!line) {
      line = document.createElement("p");
      line.id = "by-tell";
      line.setAttribute("role", "status");
      document.querySelector(".gradio-container").append(line);
    }
    clearTimeout(clearing);
    line.textContent = text;
    if (text && !stays) clearing = setTimeout(() => (line.textContent = ""), 2500);
  }

  // An offer to undo goes away after ten seconds, as what it undoes then is done.
  let snack = null, snackTimer;
  function watchSnack() {
    const now = document.querySelector("#by-snacks .by-snack");
    if (now === snack) return;
    snack = now;
    clearTimeout(snackTimer);
    if (now) snackTimer = setTimeout(() => now.remove(), 10_000);
  }

  // ---------------------------------------------------------------- asking

  // `given` is what is sent, the question first. It stays in its box until the server can be reached.
  window.bylineSent = async (given) => {
    const box = questionBox();
    showAsked(given[0]);
    for (let lost = false; ; lost = true) {
      if (await reachable()) {
        if (lost) tell("");
        break;
      }
      if (!lost) fill(box, given[0]);
      tell("Byline cannot be reached. Your question is kept and sent when it is back.", { stays: true });
      await new Promise((next) => setTimeout(next, 1500));
    }
    fill(box, "");
    return given;
  };

  // What stands above its place in the queue, while a question waits there.
  function showAsked(text = "") {
    document.getElementById("by-turn")?.style.setProperty("--by-asked", JSON.stringify(text.replace(/\s+/g, " ").trim()));
  }

  async function reachable() {
    try {
      return (await fetch(new URL("gradio_api/startup-events", location.origin + location.pathname), { cache: "no-store" })).status < 502;
    } catch {
      return false;
    }
  }

  // The page has been opened, and knows its conversations: the question of a deep link is asked.
  window.bylineOpened = () => {
    const question = new URL(location.href).searchParams.get("q") || "";
    if (question.trim()) send("linked", { question });
    else bylineAsked();
  };

  // The question of a deep link has been asked: to load the page again is not to ask it again.
  window.bylineAsked = () => {
    const url = new URL(location.href);
    ["q", "since", "until", "as_of", "publisher", "answer"].forEach((name) => url.searchParams.delete(name));
    history.replaceState(history.state, "", url);
  };

  window.bylineDrawer = (name) => {
    const drawer = document.getElementById(name);
    drawer.classList.toggle("by-closed");
    document.getElementById("by-filter").setAttribute("aria-expanded", String(!drawer.classList.contains("by-closed")));
  };

  // A new turn begins at the top of the window; a place in the queue is seen.
  let turns = 0, queued = null;
  function showTurn() {
    const found = document.querySelectorAll(".by-turn");
    if (found.length > turns && found.length) {
      const last = found[found.length - 1];
      if (turns || last.querySelector(".by-waiting")) last.scrollIntoView({ block: "start" });
    }
    turns = found.length;
    const waiting = document.querySelector("#by-turn .progress-text");
    if (waiting !== queued) (queued = waiting)?.scrollIntoView({ block: "center" });
    document.body.classList.toggle("by-talking", turns > 0);
  }

  // The box for a question grows with its text and its filters; the style sheet keeps answers clear of it.
  let bar = null;
  const barSize = new ResizeObserver(() => document.documentElement.style.setProperty("--by-bar", `${bar.offsetHeight}px`));
  function watchBar() {
    const now = document.getElementById("by-bar");
    if (now === bar) return;
    barSize.disconnect();
    if ((bar = now)) barSize.observe(bar);
  }

  // ---------------------------------------------------------------- another tab has changed what the browser keeps

  // Asked from here, the next question would undo that. So the page is loaded again when somebody comes back to it, unless an answer is on its way.
  let stale = false;
  window.addEventListener("storage", (event) => (stale ||= event.key === "byline-conversations"));
  ["focus", "visibilitychange"].forEach((change) => window.addEventListener(change, takeOver, true));

  function takeOver() {
    const box = questionBox();
    if (!stale || document.hidden || !box?.checkVisibility() || document.querySelector("#by-question .stop-button")) return;
    stale = false;
    sessionStorage.setItem("byline-draft", box.value);
    location.reload();
  }

  function fillDraft() {
    const box = questionBox(), draft = sessionStorage.getItem("byline-draft");
    if (!box || draft === null) return;
    sessionStorage.removeItem("byline-draft");
    setTimeout(() => fill(box, draft));
  }

  // ---------------------------------------------------------------- keyboard, search, names

  // The button of the bar at the left lies over the text of a small window: it comes back when somebody scrolls up.
  let above = 0;
  window.addEventListener("scroll", () => {
    document.body.classList.toggle("by-scrolled", scrollY > 40 && scrollY >= above && innerWidth <= 960);
    above = scrollY;
  }, { passive: true });

  // "/" goes to the question; Esc stops an answer, closes the article, goes back from a source to its mark, or leaves the box.
  document.addEventListener("keydown", (event) => {
    if (event.key === "/" && !isTyping(event.target) && !event.ctrlKey && !event.metaKey && questionBox()) {
      event.preventDefault();
      questionBox().focus();
    }
    if (event.key !== "Escape") return;
    const stop = document.querySelector("#by-question .stop-button");
    const menu = document.querySelector("details.by-menu[open]"), card = event.target.closest(".by-card");
    if (menu) {
      menu.open = false;
      menu.querySelector("summary").focus();
    } else if (stop) stop.click();
    else if (document.querySelector(".by-reader")) close();
    else if (card?.from?.isConnected) card.from.focus();
    else event.target.blur();
  });

  document.addEventListener("input", (event) => {
    const list = event.target.dataset?.filters;
    if (!list) return;
    const words = event.target.value.toLowerCase().split(/\s+/);
    document.querySelectorAll(list).forEach((item) => (item.hidden = !words.every((word) => item.dataset.words.includes(word))));
  });

  function nameButtons() {
    const names = { ".submit-button": "Ask", ".stop-button": "Stop" };
    Object.entries(names).forEach(([button, label]) => document.querySelector(`#by-question ${button}`)?.setAttribute("aria-label", label));
    document.querySelectorAll("input[type='file']:not([aria-label])").forEach((input) => input.setAttribute("aria-label", "Add articles"));
    const toggle = document.querySelector("#by-side .toggle-button");
    if (toggle && toggle.getAttribute("aria-label") !== "Conversations") toggle.setAttribute("aria-label", "Conversations");
    const filter = document.getElementById("by-filter");
    if (filter && !filter.hasAttribute("aria-expanded")) {
      filter.setAttribute("aria-expanded", "false");
      filter.setAttribute("aria-controls", "by-filters");
    }
  }

  new MutationObserver(() => {
    fillDraft();
    nameButtons();
    watchBar();
    showTurn();
    showReader();
    watchSnack();
  }).observe(document, { childList: true, subtree: true, characterData: true });
})();
