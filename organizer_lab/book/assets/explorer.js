// Explorers without a kernel: a native control chooses one of the frames that were drawn when the
// book was built. A frame is loaded when it is first chosen. Without this script the start frame stays.
for (const explorer of document.querySelectorAll("figure.ol-explorer")) {
  const source = explorer.querySelector("script.ol-frames");
  const image = explorer.querySelector("img.ol-frame");
  const caption = explorer.querySelector("figcaption");
  const panel = explorer.querySelector(".ol-control");
  const control = panel?.querySelector("select, input[type=range]");
  if (!source || !image || !control) continue;
  const frames = JSON.parse(source.textContent);
  const output = panel.querySelector("output");

  const show = async () => {
    const frame = frames[Number(control.value)];
    if (!frame) return;
    if (output && frame.name !== undefined) {
      output.textContent = frame.name;
      control.setAttribute("aria-valuetext", frame.name);
    }
    const next = new Image();
    next.src = frame.src;
    explorer.setAttribute("aria-busy", "true");
    // A picture that does not arrive still gets its words: text alternative and caption.
    await next.decode().catch(() => {});
    if (frames[Number(control.value)] !== frame) return; // another one was chosen meanwhile
    image.src = frame.src;
    image.alt = frame.alt;
    if (caption) caption.textContent = frame.caption;
    explorer.removeAttribute("aria-busy");
  };

  control.addEventListener("input", show);
  panel.hidden = false;
  // A browser that comes back to the page may have kept the reader's choice.
  if (frames[Number(control.value)]?.src !== image.getAttribute("src")) show();
}
