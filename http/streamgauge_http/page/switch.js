// The switch between light and dark. Without a choice the page goes by the system.

const KEY = "streamgauge-theme";
const system = matchMedia("(prefers-color-scheme: dark)");

/** Whether it is dark now. */
export function isDark() {
  const chosen = document.documentElement.dataset.theme;
  return chosen ? chosen === "dark" : system.matches;
}

/** Make the button the switch. */
export function themeSwitch(button) {
  const show = () => {
    button.setAttribute("aria-pressed", String(isDark()));
    dispatchEvent(new Event("themechange"));
  };
  button.addEventListener("click", () => {
    const next = isDark() ? "light" : "dark";
    document.documentElement.dataset.theme = next;
    localStorage.setItem(KEY, next);
    show();
  });
  system.addEventListener("change", show);
  button.setAttribute("aria-pressed", String(isDark()));
}
