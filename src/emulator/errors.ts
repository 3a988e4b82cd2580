/** A refusal in the API's own terms: an HTTP status, a gRPC code and a message that reaches the client. */
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

/** 400, code 9: the object is not in a state that allows this. */
export const precondition = (message: string): ApiError => new ApiError(400, 9, message);

/** 401, code 16: no token, or one that is unknown or expired. */
export const unauthenticated = (message: string): ApiError => new ApiError(401, 16, message);

/** 403, code 7: known, but not allowed. */
export const forbidden = (message: string): ApiError => new ApiError(403, 7, message);

/** 404, code 5: no such object. */
export const notFound = (message: string): ApiError => new ApiError(404, 5, message);

/** 500, code 2: how live tenants answer many validation failures, such as a required id that is missing. */
export const refused = (message: string): ApiError => new ApiError(500, 2, message);

/** The JSON body of an error, as every API answer has it. */
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
