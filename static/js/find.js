// Finds while somebody types: the page of the search itself is asked, and its results take the place of the old ones.
{
  const form = document.getElementById('finder');
  if (form) {
    const field = form.querySelector('input[name=q]');
    let timer = 0;
    let asked = new AbortController();
    const find = async () => {
      asked.abort();
      asked = new AbortController();
      const url = `/search?${new URLSearchParams(new FormData(form))}`;
      try {
        const answer = await fetch(url, { signal: asked.signal, redirect: 'error' });
        if (!answer.ok) return;
        const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
        document.getElementById('found').replaceWith(document.importNode(page.getElementById('found'), true));
        document.title = page.title;
        history.replaceState(null, '', url);
      } catch { /* A newer word was typed, or the desk cannot be reached; the button still asks. */ }
    };
    field.addEventListener('input', (event) => {
      clearTimeout(timer);
      if (!event.isComposing) timer = setTimeout(find, 150);
    });
    field.addEventListener('compositionend', find);
  }
}
