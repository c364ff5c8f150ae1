// A mail shows whole.
{
  const watched = new WeakSet();
  const fit = (frame) => {
    const page = frame.contentDocument;
    if (!page || !page.body || !frame.offsetParent) return;
    if (!watched.has(page)) {
      watched.add(page);
      new ResizeObserver(() => fit(frame)).observe(page.body);
    }
    const { scrollWidth, clientWidth } = page.documentElement;
    const height = Math.ceil(page.body.getBoundingClientRect().height) + (scrollWidth > clientWidth ? 20 : 2);
    if (height > 20) frame.style.blockSize = `${Math.min(20000, height)}px`;
  };
  const all = () => document.querySelectorAll('iframe.sheet').forEach(fit);
  for (const kind of ['load', 'toggle']) addEventListener(kind, all, true);
  // Of the two grounds, the bar offers the other one.
  addEventListener('click', (event) => {
    const to = event.target.closest('.mail .tools a[target]');
    if (to) to.closest('.mail').dataset.ground = new URL(to.href).searchParams.get('ground') || '';
  });
  all();
}
