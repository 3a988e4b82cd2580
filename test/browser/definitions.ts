/** An App of definitions. */
export function app(name: string, spec: Readonly<Record<string, unknown>>): string {
  return document('App', name, spec);
}

/** A Connector of definitions. */
export function connector(name: string, spec: Readonly<Record<string, unknown>>): string {
  return document('Connector', name, spec);
}

function document(kind: string, name: string, spec: Readonly<Record<string, unknown>>): string {
  return `${JSON.stringify({ apiVersion: 'c1sync/v1', kind, metadata: { name, labels: { team: 'platform' } }, spec })}\n`;
}
