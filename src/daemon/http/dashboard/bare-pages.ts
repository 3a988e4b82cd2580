import { html } from 'ghtml';
import { whyNoButtons } from './forms.js';
import { sentence } from './html.js';
import { renderBarePage } from './layout.js';

/** The page to sign in on. `failed`: the token was wrong. */
export function loginPage({
  hasToken,
  failed,
}: {
  readonly hasToken: boolean;
  readonly failed: boolean;
}): string {
  const wrong = failed
    ? html`<p id="wrong" class="wrong" role="alert">This is not the token in <code>server.token</code> of the daemon, nor one of <code>server.tokens</code>.</p>`
    : '';
  const form = html`<form method="post" action="/login" class="stacked">
    !${wrong}
    <p>
      <label for="token">Token of the daemon (<code>server.token</code>)</label>
      <input id="token" name="token" type="password" required maxlength="4096" autocomplete="current-password" autofocus !${failed ? 'aria-describedby="wrong" aria-invalid="true"' : ''}>
    </p>
    <p class="buttons"><button class="main">Sign in</button></p>
  </form>`;
  return renderBarePage({
    title: 'Sign in',
    body: html`<h1>Sign in</h1>
      !${hasToken ? form : whyNoButtons('none')}`,
  });
}

/** The page for a refused request. `message`: the fact and the remedy. */
export function refusalPage(status: number, message: string): string {
  const title = status === 404 ? 'Not found' : status >= 500 ? 'Something went wrong' : 'This was not done';
  return renderBarePage({
    title,
    body: html`<h1>${title}</h1>
      <p>${sentence(message)}</p>
      <p class="muted">Status ${status}</p>
      <p><a href="/">To the overview</a></p>`,
  });
}
