/** What a command throws. */

export type ClientErrorCode =
  /** The server was not reached; nothing is lost, try again. */
  | 'unreachable'
  /** The server's refusal, word for word (see server/wire/errors.ts). */
  | 'refused'
  | 'message_too_long'
  | 'message_empty'
  /** It has left this device, or may have. */
  | 'message_on_its_way'
  | 'no_keys_yet'
  | 'keys_gone'
  /** Another identity key was shown since: compare again. */
  | 'safety_number_changed'
  /** The person did not confirm that it is them; nothing was changed. */
  | 'step_up_declined'
  /** The person closed the browser's question for a key, or had none that was asked for: the browser tells no more. */
  | 'key_declined'
  /** Nobody answered that question in time. */
  | 'key_timed_out'
  /** This browser has no passkeys and security keys, or not at this address. */
  | 'key_unsupported'
  /** That key is on the account already. */
  | 'key_known'
  /** The key, or what keeps it, failed. */
  | 'key_failed'
  /** This browser could not do a captcha's work. */
  | 'work_failed'
  | 'storage_failed'
  /** The server keeps no key backup, or none was begun here. */
  | 'backup_missing'
  /** What was typed is no backup code: a character is wrong or missing. */
  | 'backup_code_mistyped'
  | 'backup_other_account'
  | 'backup_not_a_backup'
  | 'backup_truncated'
  | 'backup_damaged'
  | 'backup_too_old'
  | 'backup_too_new'
  /** Neither the code nor the passphrase of this backup. */
  | 'backup_wrong_secret'
  /** This browser could not do Argon2id: no worker started, or its memory did not suffice. */
  | 'stretch_failed'

export class ClientError extends Error {
  override readonly name = 'ClientError'
  readonly code: ClientErrorCode
  /** The server's code when `code` is `refused`. */
  readonly serverCode: string | null

  /** How long the server asked to wait before the next try. */
  readonly retryAfterMs: number | null

  constructor(
    code: ClientErrorCode,
    serverCode: string | null = null,
    options: ErrorOptions & { retryAfterMs?: number | null } = {},
  ) {
    super(serverCode ? `${code}: ${serverCode}` : code, options)
    this.code = code
    this.serverCode = serverCode
    this.retryAfterMs = options.retryAfterMs ?? null
  }
}
