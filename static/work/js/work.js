// Timers run on; letters find a state.
{
  const ahead = (Number(document.body.dataset.now) || Date.now()) - Date.now();
  setInterval(() => {
    for (const t of document.querySelectorAll('[data-timer]')) {
      const s = Math.max(Date.now() + ahead - t.dataset.timer, 0) / 1000;
      t.textContent = [s / 3600, s / 60 % 60, s % 60].map((n) => String(~~n).padStart(2, 0)).join(':').replace(/^00:/, '');
    }
  }, 1000);
  addEventListener('input', ({ target }) => {
    if (!target.matches('.find-state')) return;
    const word = target.value.trim().toLowerCase();
    for (const item of target.parentElement.querySelectorAll('form > .item'))
      item.hidden = word.length > 2 && !item.textContent.toLowerCase().includes(word);
  });
}
