import { toBase64url } from './bytes.ts'
import type { KeyPair } from './primitives.ts'
import type { ProtocolTools } from './tools.ts'

/** The long-term key pair of an account's browser. Made once; its public half names the browser. */
export async function makeIdentity(tools: ProtocolTools): Promise<KeyPair> {
  const identity = await tools.primitives.generateKeyPair()
  tools.log({
    operation: 'generate-key',
    purpose: 'identity',
    publicKey: toBase64url(identity.publicKey),
    outcome: 'done',
  })
  return identity
}
