/** A JSON object of the API, with unknown fields and enum values. */
export type JsonObject = { readonly [key: string]: unknown };

/** Query parameters; undefined ones are omitted. */
export type Query = Readonly<Record<string, string | number | undefined>>;
