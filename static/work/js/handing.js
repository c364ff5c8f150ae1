// Handing over is a dialog over the conversation; without scripts it is a page. Letters narrow its lists.
{
  const show = async (url, dialog) => {
    const answer = await fetch(url).catch(() => null);
    const part = answer?.ok && new DOMParser().parseFromString(await answer.text(), 'text/html');
    const found = part && part.getElementById('handing');
    if (!found) { location.href = url; return; }
    const box = dialog ?? document.createElement('dialog');
    const title = document.createElement('h2');
    title.textContent = part.querySelector('h1').textContent;
    const close = document.createElement('form');
    close.method = 'dialog';
    close.innerHTML = '<button class="button edged"></button>';
    close.firstChild.textContent = part.getElementById('handing').dataset.close;
    box.className = 'handing';
    box.setAttribute('aria-label', title.textContent);
    box.replaceChildren(title, found, close);
    if (!dialog) {
      document.body.append(box);
      box.addEventListener('close', () => box.remove());
      box.showModal();
    }
    (box.querySelector('.narrows') ?? box.querySelector('a, button')).focus();
  };
  addEventListener('click', (event) => {
    const link = event.target.closest('a.asks, dialog.handing a');
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
    event.preventDefault();
    link.closest('details')?.removeAttribute('open');
    show(link.href, link.closest('dialog.handing'));
  });
  addEventListener('input', ({ target }) => {
    if (!target.matches('.narrows')) return;
    const word = target.value.trim().toLowerCase();
    for (const item of target.closest('#handing').querySelectorAll('.choices > li'))
      item.hidden = !item.dataset.name.toLowerCase().includes(word);
  });
  addEventListener('submit', (event) => {
    if (event.target.matches('dialog.handing .seek')) event.preventDefault();
  });
}
