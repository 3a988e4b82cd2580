import { html } from 'ghtml';
import type { DaemonView } from '../../../core/status/views.js';
import { shortRevision } from '../../../text/people.js';
import { safe } from '../../../text/safe.js';
import { API } from '../paths.js';
import { assetUrl } from './assets.js';
import { count, time } from './html.js';

/** The input that all pages share. */
export interface PageContext {
  readonly daemon: DaemonView;
  /** The address of the page, for its refresh. */
  readonly url: string;
  /** The path of the tenant's pages; empty for the only tenant. */
  readonly base: string;
  /** Milliseconds since the epoch. */
  readonly now: number;
  readonly access: PageAccess;
  /** The reader with a token or a session; null for an anonymous one. `hasSession`: can sign out. */
  readonly client: { readonly name: string; readonly hasSession: boolean } | null;
  /** The confirmation of the last command, as a sentence. */
  readonly done?: string | undefined;
}

/** `change`: the reader has signed in; `sign in`: may do so; `none`: the daemon has no token, so that no change is possible. */
export type PageAccess = 'change' | 'sign in' | 'none';

/** A page of its own. `body` is HTML, its first heading is of the first level. */
export interface Page {
  readonly title: string;
  readonly body: string;
  /** True for a page that reads the tenant: it does not refresh by itself. */
  readonly isStill?: true;
}

const SECTIONS = [
  ['/', 'Overview'],
  ['/objects', 'Objects'],
  ['/held', 'Held'],
  ['/history', 'History'],
  ['/unmanaged', 'Unmanaged'],
] as const;

/** A whole page of a tenant. */
export function renderPage({ title, body, isStill }: Page, context: PageContext): string {
  const { daemon, base, done, url } = context;
  const about = safe(daemon.about.name ?? daemon.about.workspace);
  return renderFrame({
    title: `${title} · ${about}`,
    url,
    events: `${API}${base}/events`,
    done,
    isStill: isStill === true,
    content: `${header(context)}
        <main id="main" tabindex="-1">${below(base, body)}</main>
        ${footer(context)}`,
  });
}

/** The parts of a page that refreshes. */
export interface Frame {
  readonly title: string;
  /** The address of the page. */
  readonly url: string;
  /** The address of the stream that notifies of changes. */
  readonly events: string;
  readonly done?: string | undefined;
  readonly isStill?: boolean;
  /** HTML. */
  readonly content: string;
}

/** A whole page. `#page` is refreshed and merged into the document at every change that the daemon reports. */
export function renderFrame({ title, url, events, done, isStill, content }: Frame): string {
  return document(
    title,
    html`<div id="events" hx-sse:connect="${events}" hx-trigger="load, every 10s" hx-swap="none" hidden></div>
      <p id="connection" class="connection" role="alert" hidden></p>
      !${done === undefined ? '' : html`<p id="done" class="done" role="status" tabindex="-1" autofocus>${done}</p>`}
      <div
        id="page"
        hx-get="${url}"
        hx-trigger="${isStill === true ? 'none' : 'changed from:body, every 60s'}"
        hx-select="#page"
        hx-target="#page"
        hx-swap="outerMorph"
        hx-sync="this:queue last"
      >
        !${content}
      </div>`,
  );
}

/**
 * The content of a tenant's page below its path. Templates write the addresses of the only tenant; no text of others has an
 * unescaped quote, so that nothing but these addresses matches.
 */
export function below(base: string, body: string): string {
  if (base === '') return body;
  return body.replaceAll(/ (href|action|hx-get)="\/(?!login|logout|assets\/)/g, ` $1="${base}/`);
}

/** A page without data of the daemon: to sign in, or to report an error. */
export function renderBarePage({ title, body }: Page): string {
  return document(
    title,
    html`<div id="page">
      <header class="top"><a class="brand" href="/">c1sync</a></header>
      <main id="main" tabindex="-1">!${body}</main>
    </div>`,
  );
}

function document(title: string, body: string): string {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="htmx-config" content='{"noSwap": [204, 304, "4xx", "5xx"], "includeIndicatorCSS": false}'>
<title>${title} · c1sync</title>
<link rel="icon" href="${assetUrl('icon.svg')}">
<link rel="stylesheet" href="${assetUrl('dashboard.css')}">
<script defer src="${assetUrl('scripts.js')}"></script>
</head>
<body>
<a class="skip" href="#main">Skip to the content</a>
!${body}
</body>
</html>
`;
}

function header({ daemon, url, base, access, client }: PageContext): string {
  const { about } = daemon;
  const all =
    about.name === undefined ? '' : html`<a href="/">All tenants</a> <strong>${about.name}</strong> `;
  const page = url.slice(base.length) || '/';
  return html`<header class="top">
    <a class="brand" href="/">c1sync</a>
    <p class="where">!${all}<span>${safe(about.tenant)}</span> <span>${safe(about.workspace)}</span></p>
    <nav aria-label="Pages">
      <ul>!${below(base, SECTIONS.map(([path, name]) => navItem(path, name, page, daemon.held.length)).join(''))}</ul>
    </nav>
    !${sessionPart(access, client)}
  </header>`;
}

function navItem(path: string, name: string, url: string, groups: number): string {
  const isHere = path === '/' ? new URL(url, 'http://x').pathname === '/' : url.startsWith(path);
  const number =
    path === '/held' && groups > 0
      ? html` <span class="number">${groups}<span class="hidden"> pending approval</span></span>`
      : '';
  return html`<li><a href="${path}" !${isHere ? 'aria-current="page"' : ''}>${name}!${number}</a></li>`;
}

/** Who reads, and how to sign in or out. */
export function sessionPart(access: PageAccess, client: PageContext['client']): string {
  const name = client === null ? '' : html`<span class="person">${safe(client.name)}</span> `;
  if (client?.hasSession === true)
    return html`<form class="session" method="post" action="/logout">!${name}<button class="quiet">Sign out</button></form>`;
  if (access === 'none') return html`<p class="session">!${name}Read only</p>`;
  if (access === 'sign in') return html`<p class="session">!${name}<a href="/login">Sign in</a></p>`;
  return html`<p class="session">!${name}</p>`;
}

function footer({ daemon, now }: PageContext): string {
  const { about, definitions, startedAt } = daemon;
  const revision =
    definitions === null
      ? 'Definitions not loaded yet'
      : html`${count(definitions.count, 'definition')} at <code>${safe(shortRevision(definitions.revision))}</code>`;
  return footerOf(
    html`<p>!${revision}</p>
    <p>c1sync ${about.version}, !${started(startedAt, now)}</p>`,
    now,
  );
}

/** The end of a page: its facts, as HTML, and its age. */
export function footerOf(facts: string, now: number): string {
  return html`<footer>
    !${facts}
    <p>As of <time id="as-of" datetime="${new Date(now).toISOString()}">${new Date(now).toISOString().slice(11, 19)} UTC</time></p>
    <noscript><p>Without scripts this page does not update: reload it.</p></noscript>
  </footer>`;
}

function started(startedAt: string, now: number): string {
  return html`started !${time(startedAt, now)}`;
}
