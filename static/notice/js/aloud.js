// Says aloud what somebody wants to hear of: by a notification of the browser, by a sound. Of several tabs one does.
{
  const kept = 'transom-told';
  let sounds;
  const tone = () => {
    sounds ||= new AudioContext();
    const [wave, loud, now] = [sounds.createOscillator(), sounds.createGain(), sounds.currentTime];
    wave.frequency.setValueAtTime(660, now);
    wave.frequency.setValueAtTime(880, now + .12);
    loud.gain.setValueAtTime(.12, now);
    loud.gain.exponentialRampToValueAtTime(.001, now + .4);
    wave.connect(loud).connect(sounds.destination);
    wave.start();
    wave.stop(now + .4);
  };
  const allowed = () => window.Notification && Notification.permission === 'granted';

  const look = () => {
    const { notice, words, sound, browser } = document.getElementById('failed')?.dataset || {};
    if (!notice || Number(localStorage.getItem(kept)) >= Number(notice)) return;
    localStorage.setItem(kept, notice);
    if (sound !== undefined) tone();
    if (browser === undefined || !allowed()) return;
    const told = new Notification('Transom', { body: words, tag: `transom-${notice}` });
    told.onclick = () => {
      focus();
      location.assign('/notices');
      told.close();
    };
  };
  const rest = document.querySelector('.bar .rest');
  if (rest) {
    new MutationObserver(look).observe(rest, { childList: true });
    look();
  }

  // Whoever chooses a way hears it at once, or why it cannot be.
  const denied = document.getElementById('denied');
  addEventListener('change', async ({ target }) => {
    if (!denied || !target.checked) return;
    if (target.value === 'sound') tone();
    if (target.value !== 'browser') return;
    if (window.Notification && Notification.permission === 'default') await Notification.requestPermission();
    denied.hidden = allowed();
  });
  if (denied?.dataset.wanted !== undefined) denied.hidden = allowed();
}
