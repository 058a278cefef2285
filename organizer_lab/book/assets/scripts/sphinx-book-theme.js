// Stands in for the theme's script of this name. That one takes the focus away from each button that
// was pressed, so that a person at the keyboard is lost, and does not say whether a part is open.
document.addEventListener("DOMContentLoaded", () => {
  const button = document.querySelector(".primary-toggle");
  const contents = document.getElementById("pst-primary-sidebar");
  const wide = matchMedia("(min-width: 960px)");
  if (button && contents) {
    const say = () => {
      if (wide.matches) button.setAttribute("aria-expanded", !contents.classList.contains("ol-hidden"));
      else button.removeAttribute("aria-expanded"); // there it opens a window
    };
    // On a wide screen the contents stand beside the page; there the theme must not open a window.
    button.addEventListener(
      "click",
      (event) => {
        if (!wide.matches) return;
        event.stopImmediatePropagation();
        contents.classList.toggle("ol-hidden");
        say();
      },
      true,
    );
    wide.addEventListener("change", say);
    say();
  }

  for (const menu of document.querySelectorAll("details.ol-menu")) {
    menu.addEventListener("focusout", (event) => {
      if (event.relatedTarget && !menu.contains(event.relatedTarget)) menu.open = false;
    });
    menu.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || !menu.open) return;
      menu.open = false;
      menu.querySelector("summary").focus();
    });
  }
  document.addEventListener("click", (event) => {
    for (const menu of document.querySelectorAll("details.ol-menu[open]"))
      if (!menu.contains(event.target)) menu.open = false;
  });

  // A line below the bar of buttons, once the page has moved under it.
  const top = document.querySelector(".sbt-scroll-pixel-helper");
  if (top)
    new IntersectionObserver(([seen]) =>
      document.body.classList.toggle("scrolled", seen.boundingClientRect.y < 0),
    ).observe(top);

  // Paper is white. A browser prints no backgrounds, so the letters of the dark mode would be lost.
  const root = document.documentElement;
  let screen = "";
  addEventListener("beforeprint", () => {
    screen = root.dataset.theme;
    root.dataset.theme = "light";
  });
  addEventListener("afterprint", () => {
    root.dataset.theme = screen;
  });
});
