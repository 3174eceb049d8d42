/** Refusals: an ApiError is answered as its code's status and body; anything else thrown is a fault of the server. */
import { ERROR_STATUS, type ErrorBody, type ErrorCode } from './wire/errors.ts'

export class ApiError extends Error {
  readonly code: ErrorCode
  readonly at: string | undefined
  /** After how many milliseconds the same request may succeed; null: nobody knows. */
  readonly retryAfterMs: number | null

  constructor(code: ErrorCode, at?: string, retryAfterMs: number | null = null) {
    super(code)
    this.name = 'ApiError'
    this.code = code
    this.at = at
    this.retryAfterMs = retryAfterMs
  }

  get status(): number {
    return ERROR_STATUS[this.code]
  }

  get body(): ErrorBody {
    return { error: this.at === undefined ? { code: this.code } : { code: this.code, at: this.at } }
  }
}

/** A refusal with no more to say than its code. */
export const refuse = (code: ErrorCode): ApiError => new ApiError(code)
/** A refusal that passes by itself after `retryAfterMs`. */
export const refuseFor = (code: ErrorCode, retryAfterMs: number): ApiError =>
  new ApiError(code, undefined, retryAfterMs)
/** `at`: dotted path of the first field that is wrong; empty for the body as a whole. */
export const invalidBody = (at = ''): ApiError => new ApiError('invalid_body', at)
/** `at`: the name of the path or query parameter that is wrong. */
export const invalidPath = (at = ''): ApiError => new ApiError('invalid_path', at)
