/** What can be wrong with material that reaches the protocol. The codes are stable; the text is for developers. */
export type ProtocolErrorCode =
  /** Not an uncompressed point of P-384. */
  | 'bad_public_key'
  /** The other side shows one of our own public keys. */
  | 'own_public_key'
  /** Bytes or text of the wrong form. */
  | 'malformed'
  /** More than 16 KiB of UTF-8, or more than 64 KiB once written as content. */
  | 'text_too_long'
  /** Outside of what a 96-bit counter from 1 can be. */
  | 'iv_out_of_range'
  /** An entry that is not the next one of its log. */
  | 'not_contiguous'
  /** An entry accepted before the one that stands in front of it. */
  | 'time_falls'
  /** An entry of an account that is not one of the two of its log. */
  | 'foreign_sender'

export class ProtocolError extends Error {
  override readonly name = 'ProtocolError'
  readonly code: ProtocolErrorCode

  constructor(code: ProtocolErrorCode, message: string = code, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}
