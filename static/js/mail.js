// A mail is as high as what it holds; without this its frame has a height of its own and can be pulled larger.
{
  const HIGHEST = 20000;
  const watched = new WeakMap();

  const fit = (frame) => {
    const page = frame.contentDocument;
    if (!page || !page.body || !frame.offsetParent) return;
    const sheet = page.body;
    const bar = page.documentElement.scrollWidth > page.documentElement.clientWidth ? 18 : 0;
    const height = Math.min(HIGHEST, Math.ceil(sheet.getBoundingClientRect().height) + bar + 2);
    if (height > 2) frame.style.blockSize = `${height}px`;
  };

  const watch = (frame) => {
    const page = frame.contentDocument;
    if (!page || !page.body || watched.get(frame) === page) return;
    watched.set(frame, page);
    const observer = new ResizeObserver(() => fit(frame));
    observer.observe(page.body);
    observer.observe(frame);
    fit(frame);
  };

  const all = () => document.querySelectorAll('iframe.sheet').forEach(watch);

  addEventListener('load', (event) => {
    if (event.target.matches && event.target.matches('iframe.sheet')) watch(event.target);
  }, true);
  addEventListener('toggle', (event) => event.target.querySelectorAll && event.target.querySelectorAll('iframe.sheet').forEach(fit), true);
  addEventListener('load', all);
  all();
}
