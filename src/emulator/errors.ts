/** An error of the API: HTTP status, gRPC code and the message for the client. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  /** HTTP status. */
  readonly status: number;
  /** gRPC status code. */
  readonly code: number;

  constructor(status: number, code: number, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

/** 400, code 3: the request is malformed. */
export const invalid = (message: string): ApiError => new ApiError(400, 3, message);

/** 400, code 9: the state of the object does not allow the call. */
export const precondition = (message: string): ApiError => new ApiError(400, 9, message);

/** 401, code 16: the token is missing, unknown or expired. */
export const unauthenticated = (message: string): ApiError => new ApiError(401, 16, message);

/** 403, code 7: the caller lacks the permission. */
export const forbidden = (message: string): ApiError => new ApiError(403, 7, message);

/** 404, code 5: no such object. */
export const notFound = (message: string): ApiError => new ApiError(404, 5, message);

/** 500, code 2: the answer of live tenants to many invalid requests, such as one without a required id. */
export const refused = (message: string): ApiError => new ApiError(500, 2, message);

/** The JSON body of an error. */
export function errorBody(
  code: number,
  message: string,
): {
  code: number;
  message: string;
  details: never[];
} {
  return { code, message, details: [] };
}
