// Copies a snippet. The buttons are hidden until this runs: without it they would do nothing.
const SHOWN_MS = 2000;

for (const button of document.querySelectorAll("button[data-copies]")) {
  const code = document.getElementById(button.dataset.copies);
  const label = button.textContent;
  button.hidden = false;
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(code.textContent);
      button.textContent = button.dataset.copied;
    } catch {
      // No clipboard without https, or it was refused: select, so that one key copies.
      getSelection().selectAllChildren(code);
      button.textContent = button.dataset.selected;
    }
    setTimeout(() => { button.textContent = label; }, SHOWN_MS);
  });
}
