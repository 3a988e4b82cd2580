/** A JSON object as the API sends it: unknown fields and enum values included. */
export type JsonObject = { readonly [key: string]: unknown };

/** Query parameters; those that are undefined are left out. */
export type Query = Readonly<Record<string, string | number | undefined>>;
