/* Draw the interactive figures. Their data lie in the page as data: the page's policy runs no script of its content. */
addEventListener("DOMContentLoaded", () => {
  for (const place of document.querySelectorAll(".atlas-plot[data-plot]")) {
    const [data, layout, config] = JSON.parse(place.dataset.plot);
    Plotly.newPlot(place, data, layout, config);
  }
});
