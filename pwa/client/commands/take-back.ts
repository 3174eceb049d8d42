/** The person goes on here with a conversation that another browser of the account has taken over. */
import { toBase64url } from '../../protocol/bytes.ts'
import { ClientError } from '../contract/client-error.ts'
import { withLock, type OpenAccount } from '../open-account.ts'

/**
 * Makes this browser's identity the published one again, and lets it begin an exchange in this conversation. Throws `keys_gone`,
 * `Refused` and `Unreachable`; then nothing has changed.
 */
export async function takeBack(open: OpenAccount, conversation: number): Promise<void> {
  await publishAgain(open)
  const { conversations, logs } = open.database
  await open.database.transaction('rw', [conversations, logs], async () => {
    const log = await logs.get(conversation)
    if (log) await conversations.update(conversation, { takenBackAt: log.state.seq })
  })
  open.attempts.delete(conversation)
}

function publishAgain(open: OpenAccount): Promise<void> {
  return withLock(open, 'identity', async () => {
    const held = await open.vault.identity()
    if (!held) throw new ClientError('keys_gone')
    const identity = toBase64url(held.publicKey)
    const { identity: published } = await open.api.call('ownIdentity')
    if (published === identity) return
    await open.api.call('publishIdentity', { body: { identity, replaces: published } })
    open.restockSoon(true)
  })
}
