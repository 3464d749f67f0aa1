"use strict";

// Before the page is painted, so that nothing flashes; that is why it is no module.
(() => {
  const KEY = "qa-theme";
  const dark = matchMedia("(prefers-color-scheme: dark)");

  function remembered() {
    try {
      return localStorage.getItem(KEY);
    } catch {
      return null; // A browser may keep nothing at all.
    }
  }

  function isDark() {
    const theme = document.documentElement.dataset.theme;
    return theme ? theme === "dark" : dark.matches;
  }

  function label() {
    const button = document.getElementById("theme");
    if (!button) return;
    const other = isDark() ? "Light colours" : "Dark colours";
    button.classList.toggle("dark", isDark());
    button.title = other;
    button.setAttribute("aria-label", other);
  }

  const kept = remembered();
  if (kept === "dark" || kept === "light") document.documentElement.dataset.theme = kept;
  dark.addEventListener("change", label);
  document.addEventListener("DOMContentLoaded", () => {
    label();
    document.getElementById("theme").addEventListener("click", () => {
      const theme = isDark() ? "light" : "dark";
      document.documentElement.dataset.theme = theme;
      try {
        localStorage.setItem(KEY, theme);
      } catch {
        // It then holds until the page is loaded again.
      }
      label();
    });
  });
})();
