// What only time changes on the board, who is there and which windows close, is asked for anew.
if (document.querySelector('[data-live=board]')) {
  setInterval(async () => {
    if (document.hidden) return;
    const answer = await fetch('/board', { redirect: 'error' }).catch(() => null);
    const now = answer?.ok && new DOMParser().parseFromString(await answer.text(), 'text/html').getElementById('live');
    const shown = document.getElementById('live');
    if (now && shown && !shown.contains(document.activeElement)) shown.replaceWith(now);
  }, 20000);
}
