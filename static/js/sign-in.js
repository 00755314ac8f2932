// Sign-in pages. Every page works without this file. It is no module and of a plain syntax, for the browsers of test
// suites and of old devices: these must return to the app too.
{
  // response_mode=form_post: send at once; the button stays for everyone else.
  const answer = document.querySelector("form[data-autosubmit][action^='http']");
  if (answer) answer.submit();

  // Signed out: back to the app as soon as the frames of all apps are there, or after three seconds without some.
  const onward = document.querySelector("a[data-goes-on]");
  if (onward) {
    const go = () => location.replace(onward.href);
    if (document.readyState === "complete") go();
    else addEventListener("load", go);
    setTimeout(go, 3000);
  }

  // One click, one request. Undone when the page comes back from the history cache.
  const buttons = on => document.querySelectorAll("[type=submit]").forEach(b => { b.disabled = on; });
  document.querySelectorAll("form").forEach(form =>
    form.addEventListener("submit", () => { setTimeout(() => buttons(true), 0); }));
  addEventListener("pageshow", () => buttons(false));

  // Copy buttons (request ID on error pages).
  document.querySelectorAll("[data-copy]").forEach(b => {
    b.hidden = false;
    b.addEventListener("click", () => {
      const src = document.getElementById(b.dataset.copy);
      const copied = () => { b.querySelector("span").textContent = "Copied"; };
      navigator.clipboard.writeText(src.value === undefined ? src.textContent : src.value).then(copied);
    });
  });
}
