// Choosing a key by pressing it. Tab, Enter and Escape keep what they do; Backspace leaves the field empty.
{
  const map = document.querySelector('.keymap');
  if (map) map.addEventListener('keydown', (event) => {
    if (event.key === 'Backspace' || event.key === 'Delete') { event.target.value = ''; event.preventDefault(); return; }
    // Lone keys count here, although this is a field.
    const lone = event.key.length === 1 && !event.ctrlKey && !event.altKey && !event.metaKey;
    const letter = event.key.toLowerCase() !== event.key.toUpperCase();
    const key = lone ? (event.shiftKey && letter ? 'Shift+' : '') + event.key.toLowerCase() : keyOf(event);
    if (!key || key === ' ') return;
    event.preventDefault();
    event.stopPropagation();
    event.target.value = key;
  });
}
