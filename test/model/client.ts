/** An object of the API. */
export type Json = Readonly<Record<string, unknown>>;

/** The tenant's API for somebody beside the daemon. */
export interface Client {
  /** Calls the API as the daemon's own user or as a person. Gives undefined where the tenant answers 404; throws for other refusals. */
  call(method: string, path: string, body: unknown, as: 'daemon' | 'person'): Promise<Json | undefined>;
}
