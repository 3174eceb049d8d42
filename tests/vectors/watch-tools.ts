import { fromBase64url, toBase64url } from '../../pwa/protocol/bytes.ts'
import type { ProtocolTools } from '../../pwa/protocol/tools.ts'
import type { MessageEnvelope } from '../../server/wire/envelope.ts'

const IV_BYTES = 12

/** The same tools, and what passed through them. */
export function watchTools(tools: ProtocolTools) {
  const { primitives } = tools
  const hmacs: { message: Uint8Array; code: string }[] = []
  const plaintexts: (Uint8Array | null)[] = []
  const watched: ProtocolTools['primitives'] = {
    ...primitives,
    async hmac(key, message) {
      const code = await primitives.hmac(key, message)
      hmacs.push({ message, code: toBase64url(code) })
      return code
    },
    async decrypt(...parts) {
      const plaintext = await primitives.decrypt(...parts)
      plaintexts.push(plaintext)
      return plaintext
    },
  }

  /** What stands between IV and ciphertext in the last MAC that was made. */
  function contextOf({ ciphertext }: MessageEnvelope): string {
    const { message = new Uint8Array() } = hmacs.at(-1) ?? {}
    const context = message.subarray(IV_BYTES, message.length - fromBase64url(ciphertext).length)
    return new TextDecoder().decode(context)
  }

  return { tools: { ...tools, primitives: watched }, hmacs, plaintexts, contextOf }
}
