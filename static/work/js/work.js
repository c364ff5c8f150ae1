// Timers run on; letters find a state.
{
  const ahead = (Number(document.body.dataset.now) || Date.now()) - Date.now();
  setInterval(() => {
    for (const t of document.querySelectorAll('[data-timer]')) {
      const s = Math.max(Date.now() + ahead - t.dataset.timer, 0) / 1000;
      t.textContent = [s / 3600, s / 60 % 60, s % 60].map((n) => String(~~n).padStart(2, 0)).join(':').replace(/^00:/, '');
    }
    for (const t of document.querySelectorAll('[data-until]')) {
      const s = Math.max(t.dataset.until - Date.now() - ahead, 0) / 1000;
      t.textContent = [s / 60, s % 60].map((n) => String(~~n).padStart(2, 0)).join(':');
    }
  }, 1000);
  // Enter in the search takes the only reason that is left.
  addEventListener('keydown', (event) => {
    if (event.key !== 'Enter' || !event.target.matches('.find-reason')) return;
    event.preventDefault();
    const left = event.target.closest('.reasons').querySelectorAll('.check:not([hidden]) input:not(:checked)');
    if (left.length === 1) left[0].checked = true;
  });
  addEventListener('input', ({ target }) => {
    if (!target.matches('.find-state, .find-reason')) return;
    const word = target.value.trim().toLowerCase();
    for (const item of target.closest('.reasons')?.querySelectorAll('.check') ?? [])
      item.hidden = !item.textContent.toLowerCase().includes(word) && !item.firstElementChild.checked;
    if (target.matches('.find-reason')) return;
    for (const item of target.parentElement.querySelectorAll('form > .item'))
      item.hidden = word.length > 2 && !item.textContent.toLowerCase().includes(word);
  });
}
