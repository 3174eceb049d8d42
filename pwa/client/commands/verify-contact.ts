/** The person's word on a safety number. It stays on this device. */
import { toBase64url } from '../../protocol/bytes.ts'
import { ClientError } from '../contract/client-error.ts'
import type { SafetyNumber } from '../contract/conversation.ts'
import type { OpenAccount } from '../open-account.ts'

/**
 * Notes that the person compared `shown`, and lets go what a changed security code held. Throws ClientError
 * `safety_number_changed` when one side has shown another identity key since; then nothing is noted.
 */
export async function markVerified(
  { database, vault }: OpenAccount,
  conversation: number,
  shown: SafetyNumber,
): Promise<void> {
  const own = await vault.identity()
  if (!own || toBase64url(own.publicKey) !== shown.ownIdentity) throw new ClientError('safety_number_changed')
  const { conversations, logs } = database
  await database.transaction('rw', [conversations, logs], async () => {
    const inLog = (await logs.get(conversation))?.state.identities[conversation] ?? null
    if (inLog !== null && inLog !== shown.contactIdentity) throw new ClientError('safety_number_changed')
    await conversations.update(conversation, { verifiedIdentity: shown.contactIdentity, heldUpTo: null })
  })
}

/** The contact counts as not compared; nothing else changes. */
export async function unmarkVerified({ database }: OpenAccount, conversation: number): Promise<void> {
  await database.conversations.update(conversation, { verifiedIdentity: null })
}
