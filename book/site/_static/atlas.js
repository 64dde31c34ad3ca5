/* What the pages do by themselves: draw figures, fold code, filter the scoreboard. The page's policy runs no script of
   its content, so everything here acts on data and names that stand in the page. */
"use strict";

function drawPlots() {
  for (const place of document.querySelectorAll(".atlas-plot[data-plot]")) {
    const [data, layout, config] = JSON.parse(place.dataset.plot);
    Plotly.newPlot(place, data, layout, config);
  }
}

/* -- code: folded, one switch for the page, remembered -- */

const FOLDS = ".bd-article div.cell details.hide.above-input";

function remembered(key) {
  try { return localStorage.getItem(key); } catch { return null; }  /* a page from the disk may have no storage */
}

function remember(key, value) {
  try { localStorage.setItem(key, value); } catch { /* then only this page knows */ }
}

function showCode(button, open) {
  document.querySelectorAll(FOLDS).forEach((fold) => { fold.open = open; });
  button.setAttribute("aria-pressed", String(open));
  button.textContent = open ? "Hide all code" : "Show all code";
}

function foldCode() {
  const button = document.querySelector("[data-atlas=code]");
  if (!button) return;
  if (remembered("atlas-code") === "open") showCode(button, true);
  button.addEventListener("click", () => {
    const open = button.getAttribute("aria-pressed") !== "true";
    showCode(button, open);
    remember("atlas-code", open ? "open" : "folded");
  });
  let folded = [];
  addEventListener("beforeprint", () => {
    folded = [...document.querySelectorAll(".bd-article details:not([open])")].filter((fold) => !fold.matches(FOLDS));
    folded.forEach((fold) => { fold.open = true; });
  });
  addEventListener("afterprint", () => folded.forEach((fold) => { fold.open = false; }));
}

/* -- the scoreboard: words, chapter, kind and verdict; the choice stands in the address -- */

function filterBoard() {
  const form = document.getElementById("board-filter");
  if (!form) return;
  const rows = [...document.querySelectorAll("#board tbody tr")];
  const texts = rows.map((row) => row.textContent.toLowerCase());
  const fields = ["words", "chapter", "kind", "verdict"];
  const filter = () => {
    const wanted = Object.fromEntries(fields.map((name) => [name, form.elements[name].value]));
    const words = wanted.words.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    rows.forEach((row, i) => {
      const fits = ["chapter", "kind", "verdict"].every((name) => !wanted[name] || row.dataset[name] === wanted[name]);
      row.hidden = !(fits && words.every((word) => texts[i].includes(word)));
      shown += !row.hidden;
    });
    form.querySelector("output").textContent = `${shown.toLocaleString("en")} of ${rows.length.toLocaleString("en")} rows`;
    return new URLSearchParams(fields.filter((name) => wanted[name]).map((name) => [name, wanted[name]])).toString();
  };
  const given = new URLSearchParams(location.search);
  for (const name of fields) if (given.has(name)) form.elements[name].value = given.get(name);
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("input", () => {
    const query = filter();
    try { history.replaceState(null, "", query ? `?${query}` : location.pathname); } catch { /* a page from the disk */ }
  });
  filter();
  const target = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (target) target.scrollIntoView({ block: "center" });
}

addEventListener("DOMContentLoaded", () => {
  drawPlots();
  foldCode();
  filterBoard();
});
