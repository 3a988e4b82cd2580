// What only the browser knows: what the reader has opened, and whether the daemon still answers.
(() => {
  const SLOW_MS = 2_000;

  htmx.registerExtension('c1sync', {
    // A page that is fetched anew knows nothing of what the reader has opened.
    htmx_before_morph_attr: (element, { attrName }) =>
      !(element.tagName === 'DETAILS' && attrName === 'open'),
  });

  const lost = new Set();
  let timer;

  function show() {
    const line = document.getElementById('connection');
    const asOf = document.getElementById('as-of')?.textContent ?? 'the last load of this page';
    line.textContent = `The daemon does not answer. What you see is as of ${asOf} and may be out of date.`;
    line.hidden = false;
  }

  function lose(what, wait) {
    lost.add(what);
    timer ??= setTimeout(show, wait);
  }

  function find(what) {
    lost.delete(what);
    if (lost.size > 0) return;
    clearTimeout(timer);
    timer = undefined;
    document.getElementById('connection').hidden = true;
  }

  // Streams end when the page goes to the background, and begin anew when it comes back: that is not worth a word.
  document.addEventListener('htmx:sse:before:connection', ({ detail }) => {
    if (detail.connection.attempt > 0 && !document.hidden) lose('stream', SLOW_MS);
  });
  document.addEventListener('htmx:sse:error', ({ detail }) => {
    if (detail.status !== 401) return lose('stream', SLOW_MS);
    // It answers, but knows the session no more: the page itself then asks the reader to sign in.
    find('stream');
    htmx.trigger(document.body, 'changed');
  });
  document.addEventListener('htmx:sse:after:connection', ({ detail }) => {
    const wasAway = lost.has('stream') || detail.connection.attempt > 0;
    find('stream');
    // Nobody told what happened meanwhile.
    if (wasAway) htmx.trigger(document.body, 'changed');
  });
  for (const name of ['htmx:error', 'htmx:response:error']) {
    document.addEventListener(name, ({ target }) => lose(target.id === 'events' ? 'stream' : 'page', 0));
  }
  document.addEventListener('htmx:after:swap', () => find('page'));

  // What was done is said once: not again when the page is loaded again.
  const url = new URL(location.href);
  if (url.searchParams.has('done')) {
    url.searchParams.delete('done');
    history.replaceState(history.state, '', url);
  }
})();
