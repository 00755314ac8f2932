// Sign-in pages. Every page works without this file.
// Loaded as a module, so engines that lack modules never see it.

// response_mode=form_post: send at once; the button stays for everyone else.
document.querySelector("form[data-autosubmit][action^='http']")?.submit();

// Signed out: back to the app as soon as the frames of all apps are there, or after three seconds without some.
const onward = document.querySelector("a[data-goes-on]");
if (onward) {
  const go = () => location.replace(onward.href);
  if (document.readyState === "complete") go();
  else addEventListener("load", go);
  setTimeout(go, 3000);
}

// One click, one request. Undone when the page comes back from the history cache.
const buttons = on => document.querySelectorAll("[type=submit]").forEach(b => (b.disabled = on));
for (const form of document.forms) form.addEventListener("submit", () => setTimeout(buttons, 0, true));
addEventListener("pageshow", () => buttons(false));

// Copy buttons (request ID on error pages).
for (const b of document.querySelectorAll("[data-copy]")) {
  b.hidden = false;
  b.addEventListener("click", async () => {
    const src = document.getElementById(b.dataset.copy);
    await navigator.clipboard.writeText(src.value ?? src.textContent);
    b.querySelector("span").textContent = "Copied";
  });
}
