// The page's own script: follows marks to their sources, copies, saves, and answers the keyboard. It reads and writes only what is on the page.
(() => {
  const MARK = 'a[href^="#by-"]';

  // A mark in an answer: its source opens beside it. The server makes the panel; the card is shown when it is there.
  let wanted = null;

  function follow(mark) {
    const [, turn, number] = mark.getAttribute("href").match(/^#by-(\d+)-(\d+)$/) || [];
    if (turn === undefined) return;
    wanted = { id: `by-card-${turn}-${number}`, from: mark };
    document.dispatchEvent(new CustomEvent("byline-open", { detail: { turn: Number(turn), number: Number(number) } }));
    showWanted(); // where it stands open already, nothing will change
  }

  function showWanted() {
    const card = wanted && document.getElementById(wanted.id);
    if (!card || !card.classList.contains("by-opened")) return;
    wanted = { ...wanted, id: null, card };
    card.scrollIntoView({ block: "start", behavior: "smooth" });
    card.focus({ preventScroll: true });
    showQuote(card.querySelector(".by-article"));
  }

  // The whole article, scrolled to its quote.
  function showQuote(article) {
    const text = article && article.querySelector(".by-text");
    const quote = text && text.querySelector("mark");
    if (quote) text.scrollTop = quote.offsetTop - text.clientHeight / 3;
  }

  async function copy(button) {
    const link = button.dataset.link;
    const text = link === undefined ? button.dataset.copy : new URL(link, location.origin + location.pathname).href;
    const name = (button.dataset.name ??= button.textContent);
    try {
      await navigator.clipboard.writeText(text);
      button.textContent = "Copied";
    } catch {
      button.textContent = "Could not copy";
    }
    setTimeout(() => (button.textContent = name), 1500);
  }

  window.bylineSave = (name, type, text) => {
    if (!text) return;
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([text], { type }));
    link.download = name;
    link.click();
    URL.revokeObjectURL(link.href);
  };

  // gradio has copied a message's Markdown by then; where the browser lets no script copy after a while, that is what stays.
  window.bylineCopy = (text) => navigator.clipboard?.writeText(text).catch(() => {});

  // The box is empty as soon as its question is sent; `given` is what is sent, the question first.
  window.bylineSent = (given) => {
    fill(questionBox(), "");
    return given;
  };

  // The question of a deep link has been asked: to load the page again is not to ask it again.
  window.bylineAsked = () => {
    const url = new URL(location.href);
    ["q", "since", "until", "as_of", "publisher"].forEach((name) => url.searchParams.delete(name));
    history.replaceState(history.state, "", url);
  };

  // Another tab has changed what the browser keeps (`layout` names it): asked from here, the next question would undo that. So the page
  // is loaded again when somebody comes back to it, unless an answer or an upload is on its way.
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

  function fill(box, text) {
    box.value = text;
    box.dispatchEvent(new Event("input", { bubbles: true }));
  }

  const questionBox = () => document.querySelector("#by-question textarea");
  const isTyping = (element) => element.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(element.tagName);

  // A question is shown escaped; to be edited, it is as it was typed.
  let edited;

  function fillEdited() {
    const box = document.querySelector("#by-chat .edit-textarea");
    if (!box || edited === undefined) return;
    const question = edited;
    edited = undefined;
    setTimeout(() => fill(box, question)); // gradio fills a box once it stands
  }

  // Before gradio puts the box in the question's place.
  document.addEventListener("click", (event) => {
    const edit = event.target.closest("#by-chat button[aria-label='Edit']");
    if (edit) edited = edit.closest(".message-buttons")?.previousElementSibling?.querySelector("[data-testid='user']")?.textContent.trim();
  }, true);

  document.addEventListener("click", (event) => {
    const mark = event.target.closest(MARK);
    if (mark) {
      event.preventDefault();
      follow(mark);
    }
    const button = event.target.closest("button[data-copy], button[data-link]");
    if (button) copy(button);
  });

  document.addEventListener("toggle", (event) => {
    if (event.target.matches(".by-article") && event.target.open) showQuote(event.target);
  }, true);

  // "/" goes to the question; Esc stops an answer, or goes back from a source to its mark, or leaves the box.
  document.addEventListener("keydown", (event) => {
    if (event.key === "/" && !isTyping(event.target) && !event.ctrlKey && !event.metaKey && questionBox()) {
      event.preventDefault();
      questionBox().focus();
    }
    if (event.key !== "Escape") return;
    const stop = document.querySelector("#by-question .stop-button");
    if (stop) stop.click();
    else if (event.target.closest(".by-card") && wanted && wanted.from.isConnected) wanted.from.focus();
    else event.target.blur();
  });

  // What a screen reader is told: gradio reads a message's Markdown aloud, marks and all.
  function name(message) {
    const who = message.dataset.testid === "user" ? "You asked" : "Byline answers";
    const label = `${who}: ${message.textContent.trim()}`;
    if (message.getAttribute("aria-label") !== label) message.setAttribute("aria-label", label);
    message.querySelectorAll(MARK).forEach((mark) => {
      const number = mark.textContent.trim();
      if (!mark.hasAttribute("aria-label")) mark.setAttribute("aria-label", `Source ${number}`);
    });
  }

  function nameButtons() {
    const names = { ".submit-button": "Ask", ".stop-button": "Stop" };
    Object.entries(names).forEach(([button, label]) => document.querySelector(`#by-question ${button}`)?.setAttribute("aria-label", label));
  }

  new MutationObserver(() => {
    showWanted();
    fillEdited();
    fillDraft();
    nameButtons();
    document.querySelectorAll("#by-chat [data-testid='bot'], #by-chat [data-testid='user']").forEach(name);
  }).observe(document, { childList: true, subtree: true, characterData: true });
})();
