// State of the browser alone: opened details, and whether the daemon still answers.
(() => {
  const SLOW_MS = 2_000;

  htmx.registerExtension('c1sync', {
    // A refreshed page does not carry the details that the reader has opened.
    htmx_before_morph_attr: (element, { attrName }) =>
      !(element.tagName === 'DETAILS' && attrName === 'open'),
  });

  const lost = new Set();
  let timer;

  function show() {
    const line = document.getElementById('connection');
    const asOf = document.getElementById('as-of')?.textContent ?? 'the last load of this page';
    line.textContent = `The daemon does not answer. This page is as of ${asOf} and may be out of date.`;
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

  // Streams end when the page goes to the background and reconnect later: no reason for a notice.
  document.addEventListener('htmx:sse:before:connection', ({ detail }) => {
    if (detail.connection.attempt > 0 && !document.hidden) lose('stream', SLOW_MS);
  });
  document.addEventListener('htmx:sse:error', ({ detail }) => {
    if (detail.status !== 401) return lose('stream', SLOW_MS);
    // The daemon answers, but the session has ended: the page itself then asks the reader to sign in.
    find('stream');
    htmx.trigger(document.body, 'changed');
  });
  document.addEventListener('htmx:sse:after:connection', ({ detail }) => {
    const wasAway = lost.has('stream') || detail.connection.attempt > 0;
    find('stream');
    // Events of the meantime were missed.
    if (wasAway) htmx.trigger(document.body, 'changed');
  });
  for (const name of ['htmx:error', 'htmx:response:error']) {
    document.addEventListener(name, ({ target }) => lose(target.id === 'events' ? 'stream' : 'page', 0));
  }
  document.addEventListener('htmx:after:swap', () => find('page'));

  // A confirmation shows once, not at every load of the page.
  const url = new URL(location.href);
  if (url.searchParams.has('done')) {
    url.searchParams.delete('done');
    history.replaceState(history.state, '', url);
  }
})();
