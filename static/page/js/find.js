// Finds while somebody types: the page of the search is asked, and its results take the place of the old ones.
{
  const form = document.getElementById('finder');
  let timer, asked;
  const find = async () => {
    asked?.abort();
    asked = new AbortController();
    const url = `/search?${new URLSearchParams(new FormData(form))}`;
    const answer = await fetch(url, { signal: asked.signal }).catch(() => null);
    const text = answer?.ok && await answer.text().catch(() => '');
    const found = text && new DOMParser().parseFromString(text, 'text/html').getElementById('found');
    if (!found) return;
    document.getElementById('found').replaceWith(found);
    history.replaceState(null, '', url);
  };
  if (form) form.addEventListener('input', () => { clearTimeout(timer); timer = setTimeout(find, 150); });
}
