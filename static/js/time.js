// Ages and windows grow older while the page is open. The server has written them; this only keeps them true.
{
  const ahead = (Number(document.body.dataset.now) || Date.now()) - Date.now();
  const now = () => Date.now() + ahead;

  const age = (at, word) => {
    const minutes = Math.floor((now() - at) / 60000);
    if (minutes < 1) return word;
    if (minutes < 60) return `${minutes} min`;
    if (minutes < 1440) return `${Math.floor(minutes / 60)} h`;
    return minutes < 10080 ? `${Math.floor(minutes / 1440)} d` : null;
  };

  // Rounded down: time that is not there is never promised.
  const left = (ms) => {
    const minutes = Math.max(Math.floor(ms / 60000), 0);
    const hours = Math.floor(minutes / 60);
    if (hours < 1) return `${minutes} min`;
    if (hours < 2 && minutes % 60) return `${hours} h ${minutes % 60} min`;
    return hours < 48 ? `${hours} h` : `${Math.floor(hours / 24)} d`;
  };

  const refresh = () => {
    const list = document.getElementById('list');
    for (const time of document.querySelectorAll('.rows li > a > time')) {
      const words = age(Date.parse(time.dateTime), list ? list.dataset.now : time.textContent);
      if (words && time.textContent !== words) time.textContent = words;
    }
    for (const chip of document.querySelectorAll('[data-closes]')) {
      const ms = Number(chip.dataset.closes) - now();
      chip.textContent = chip.dataset.words.replace('{}', left(ms));
      chip.classList.toggle('bad', ms <= 15 * 60000);
      chip.classList.toggle('warn', ms > 15 * 60000 && ms <= 120 * 60000);
    }
  };
  setInterval(refresh, 30000);
  addEventListener('visibilitychange', refresh);
}
