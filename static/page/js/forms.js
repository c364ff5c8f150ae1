// Conveniences of forms. Each form works without them.
(() => {
  const zone = document.querySelector('form[action="/setup"] select[name="time_zone"]');
  const local = Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (zone?.value === 'UTC' && local && [...zone.options].some(option => option.value === local)) zone.value = local;

  const country = document.querySelector('select[name="country"]');
  if (country && Intl.DisplayNames) {
    const names = new Intl.DisplayNames([document.documentElement.lang], { type: 'region' });
    const chosen = country.value, [none, ...rest] = country.options;
    for (const option of rest) option.text = option.text.replace(option.value, names.of(option.value) ?? option.value);
    country.replaceChildren(none, ...rest.sort((a, b) => a.text.localeCompare(b.text)));
    country.value = chosen;
  }

  // On a narrow screen the pages of the settings stand in one row: this one is brought into sight.
  const here = document.querySelector('.settings > nav [aria-current]');
  if (here) here.closest('nav').scrollLeft = here.offsetLeft - here.closest('nav').offsetLeft - 16;

  for (const field of document.querySelectorAll('input[data-copy]')) field.addEventListener('focus', () => field.select());
})();
