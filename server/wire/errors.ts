/** Every refusal the server can give: a stable code, and the one body that carries it. */
import * as v from 'valibot'

export const ERROR_STATUS = {
  invalid_body: 400,
  invalid_path: 400,
  password_malformed: 400,
  password_unassigned_character: 400,
  password_too_short: 400,
  password_too_long: 400,
  invalid_code: 400,
  not_signed_in: 401,
  invalid_credentials: 401,
  csrf_mismatch: 403,
  wrong_origin: 403,
  not_found: 404,
  account_not_found: 404,
  method_not_allowed: 405,
  username_taken: 409,
  identity_conflict: 409,
  enrolment_missing: 409,
  enrolment_out_of_order: 409,
  cursor_beyond_head: 409,
  body_too_large: 413,
  wrong_content_type: 415,
  conversation_with_self: 422,
  too_many_streams: 429,
  too_many_draws: 429,
  busy: 503,
  internal: 500,
} as const

export type ErrorCode = keyof typeof ERROR_STATUS

export const errorBody = v.strictObject({
  error: v.strictObject({
    code: v.picklist(Object.keys(ERROR_STATUS) as [ErrorCode, ...ErrorCode[]]), // the keys of a literal object are its codes
    /** Where in the body or path, as a dotted path, for invalid_body and invalid_path. */
    at: v.optional(v.string()),
  }),
})
export type ErrorBody = v.InferOutput<typeof errorBody>
