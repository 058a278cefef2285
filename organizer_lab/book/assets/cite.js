// Copies a reference. Without this script, or without a clipboard, the text can be selected.
for (const panel of navigator.clipboard ? document.querySelectorAll(".ol-cite") : []) {
  const said = panel.querySelector(".ol-cite-said");
  for (const form of panel.querySelectorAll(".ol-cite-form")) {
    const button = form.querySelector("button");
    button.hidden = false;
    button.addEventListener("click", () => {
      said.textContent = "";
      navigator.clipboard.writeText(form.querySelector(".ol-cite-text").textContent).then(
        () => (said.textContent = "Copied."),
        () => (said.textContent = "The browser did not copy it. Select the text and copy it.")
      );
    });
  }
}
