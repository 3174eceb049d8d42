/** Every refusal the server can give: a stable code, and the one body that carries it. */
import * as v from 'valibot'

export const ERROR_STATUS = {
  invalid_body: 400,
  invalid_path: 400,
  password_malformed: 400,
  password_unassigned_character: 400,
  password_too_short: 400,
  password_too_long: 400,
  /** Made of the username, the server's name or a word that everybody expects. */
  password_contextual: 400,
  password_sequence: 400,
  password_common: 400,
  password_breached: 400,
  invalid_code: 400,
  /** The picture's text or the work is not right; the captcha is used up. */
  captcha_wrong: 400,
  /** What the browser brought is not a new passkey or security key for this place and this challenge. */
  webauthn_invalid: 400,
  /** It can be copied to other devices, which the operator does not allow. */
  webauthn_synced: 400,
  not_signed_in: 401,
  invalid_credentials: 401,
  csrf_mismatch: 403,
  /** Of somebody who is signed in and confirms it. */
  wrong_password: 403,
  /** Somebody else knows the password: until it is changed, the session may do nothing but change it and log out. */
  password_change_required: 403,
  step_up_required: 403,
  wrong_origin: 403,
  not_found: 404,
  account_not_found: 404,
  session_not_found: 404,
  authenticator_not_found: 404,
  totp_not_found: 404,
  webauthn_not_found: 404,
  method_not_allowed: 405,
  username_taken: 409,
  identity_conflict: 409,
  /** Another key backup was stored since the one that is to be replaced. */
  key_backup_conflict: 409,
  enrolment_missing: 409,
  enrolment_out_of_order: 409,
  replacement_missing: 409,
  /** This name or address failed to sign in several times: the same login once more, with a captcha. */
  captcha_required: 409,
  /** No captcha was begun in this pre-session within five minutes, or it was answered before. */
  captcha_missing: 409,
  totp_full: 409,
  /** The only authenticator app can be replaced and not removed. */
  totp_last: 409,
  /** Without it nobody could sign in any more, and so nobody could take it back. */
  last_factor: 409,
  /** No challenge was begun in this session within five minutes, or it was answered before. */
  webauthn_missing: 409,
  webauthn_full: 409,
  cursor_beyond_head: 409,
  body_too_large: 413,
  wrong_content_type: 415,
  conversation_with_self: 422,
  too_many_streams: 429,
  too_many_draws: 429,
  /** Registrations from one network address; Retry-After says how long to wait. */
  too_many_registrations: 429,
  /** Entries of one account within a minute; Retry-After says how long to wait. */
  too_many_entries: 429,
  /** Failed attempts at signing in or confirming; Retry-After says how long to wait. */
  too_many_attempts: 429,
  /** Too many failed from browsers that this account has not signed in with: waiting alone does not help. */
  attempts_spent: 429,
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
