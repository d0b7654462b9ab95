// Light or dark, as it was chosen here, before anything is painted. No module: those come later.
(() => {
  const chosen = localStorage.getItem("streamgauge-theme");
  if (chosen === "light" || chosen === "dark") document.documentElement.dataset.theme = chosen;
})();
