// Runs before the first paint, so that a chosen theme never flashes in the other one.
try {
  var chosen = localStorage.getItem('millrace.theme');
  if (chosen === 'light' || chosen === 'dark') document.documentElement.dataset.theme = chosen;
} catch (e) { /* storage is blocked: the system's theme is used */ }
