/** A configuration of a connector of the type `snyk`, whose secret is that of the stage. */
export const SNYK_CONFIG = { snyk_org_ids: ['acme'], snyk_api_token: { valueFrom: { env: 'STAGE_SECRET' } } };

/** An App of definitions. */
export function app(name: string, spec: Readonly<Record<string, unknown>>): string {
  return document('App', name, spec);
}

/** A Connector of definitions. */
export function connector(name: string, spec: Readonly<Record<string, unknown>>): string {
  return document('Connector', name, spec);
}

function document(kind: string, name: string, spec: Readonly<Record<string, unknown>>): string {
  const metadata = { name, labels: { team: 'platform' } };
  return `${JSON.stringify({ apiVersion: 'c1sync/v1', kind, metadata, spec })}\n`;
}
