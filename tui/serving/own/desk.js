// Beside textual-serve's own script: where the websocket is, what is said when it closes, and coming back.
"use strict";

const LOST_SECONDS = 2;

const WHY = {
  4000: "You have left. Every answer is saved.",
  4001: "You went on in another window or tab. This one is closed.",
  4002: "The study is not served any more. Every answer is saved.",
  4003: "Something went wrong. Every answer that was shown as saved is saved.",
  4004: "As many people as there is room for are here. Try again in a minute.",
  4007: "You have withdrawn: nothing you answered counts.",
  4008: "You did not take part: nothing was saved.",
  4009: "Your access code lets you in no more: come in again with the new one. Every answer is saved.",
};

// Whoever takes part no more is not led back by a key that they still press.
const PARTED = [4007, 4008];

function tell(words, parted = false) {
  const again = document.getElementById("again");
  const out = document.getElementById("out");
  document.getElementById("why").textContent = words;
  document.getElementById("closed").hidden = false;
  if (parted) {
    again.textContent = "Take part after all";
    again.classList.add("quiet");
    out.classList.remove("quiet");
    again.before(out);
  }
  (parted ? out : again).focus();
}

async function comeBack() {
  try {
    await fetch("/", { method: "HEAD", cache: "no-store" });
    window.location.reload();
  } catch {
    setTimeout(comeBack, LOST_SECONDS * 1000);
  }
}

function closed(event) {
  if (event.code in WHY) {
    tell(WHY[event.code], PARTED.includes(event.code));
  } else {
    tell("The connection was lost. Trying to come back …");
    setTimeout(comeBack, LOST_SECONDS * 1000);
  }
}

// Keys count without a click first.
function takeKeys() {
  if (document.getElementById("closed").hidden) {
    document.querySelector(".xterm-helper-textarea")?.focus();
  }
}

// The other script does not say when its websocket is there and how it was closed.
window.WebSocket = class extends WebSocket {
  constructor(...where) {
    super(...where);
    this.addEventListener("open", takeKeys);
    this.addEventListener("close", closed);
  }
};

// Leaving the page is no lost connection.
window.addEventListener("pagehide", () => document.body.classList.add("-leaving"));

document.addEventListener("DOMContentLoaded", () => {
  const scheme = window.location.protocol === "https:" ? "wss:" : "ws:";
  const terminal = document.getElementById("terminal");
  terminal.dataset.sessionWebsocketUrl = `${scheme}//${window.location.host}/ws`;
  window.addEventListener("focus", takeKeys);
  document.getElementById("again").addEventListener("click", () => window.location.reload());
});
