// Timers run on, and the list of states is searched after three letters. Everything works without this.
{
  const ahead = (Number(document.body.dataset.now) || Date.now()) - Date.now();
  const two = (n) => String(n).padStart(2, '0');
  const tick = () => {
    for (const timer of document.querySelectorAll('[data-timer]')) {
      const s = Math.max(Math.floor((Date.now() + ahead - Number(timer.dataset.timer)) / 1000), 0);
      const [h, m] = [Math.floor(s / 3600), Math.floor(s / 60) % 60];
      const words = h ? `${h}:${two(m)}:${two(s % 60)}` : `${two(m)}:${two(s % 60)}`;
      if (timer.textContent !== words) timer.textContent = words;
    }
  };
  if (document.querySelector('#state, [data-timer]')) setInterval(tick, 1000);

  const field = (root) => { for (const search of root.querySelectorAll('.find-state')) search.hidden = false; };
  field(document);
  document.addEventListener('toggle', (event) => { if (event.target.id === 'state') field(event.target); }, true);
  document.addEventListener('input', (event) => {
    if (!event.target.matches('.find-state')) return;
    const words = event.target.value.trim().toLowerCase();
    for (const item of event.target.parentElement.querySelectorAll('form > .item')) {
      item.hidden = words.length >= 3 && !item.textContent.toLowerCase().includes(words);
    }
  });
}
