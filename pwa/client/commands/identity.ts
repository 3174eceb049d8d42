/** The identity key of this browser: made once, published by compare and swap, never replaced without the person's word. */
import { equalBytes, fromBase64url, toBase64url } from '../../protocol/bytes.ts'
import { makeIdentity } from '../../protocol/identity.ts'
import type { KeyPair } from '../../protocol/primitives.ts'
import { Refused } from '../api/http.ts'
import type { AccountDatabase } from '../history/database.ts'
import { endVerifications } from '../history/verification.ts'
import type { OpenAccount } from '../open-account.ts'
import { withLock } from '../open-account.ts'

/**
 * Makes and publishes an identity when neither this browser nor the server has one, and publishes one that was made but
 * never arrived. When the server knows an identity and this browser has none, its keys are gone: the vault says so.
 */
export function ensureIdentity(open: OpenAccount): Promise<void> {
  return withLock(open, 'identity', async () => {
    const { api, vault } = open
    const published = (await api.call('ownIdentity')).identity
    const held = await vault.identity()
    if (published !== null) {
      if (held) await finishReplacing(open, { held, published })
      else if (vault.keys.value.state === 'unknown') vault.keys.set({ state: 'gone', canPutBack: false })
      return
    }
    if (vault.keys.value.state === 'gone') return
    const identity = held ?? (await makeIdentity(open.tools))
    await noteReplacing(open.database, null)
    await vault.storeIdentity(identity)
    await publish(open, toBase64url(identity.publicKey), null)
    await noteReplaced(open.database)
  })
}

/**
 * Publishes an identity that was stored and not published yet: nobody is to see it in an exchange before. Throws `Refused` and
 * `Unreachable`.
 */
export async function ensurePublished(open: OpenAccount): Promise<void> {
  const owner = await open.database.meta.get('account')
  if (owner?.name === 'account' && owner.replaces !== undefined) await ensureIdentity(open)
}

/** The person knows that the keys are gone: makes a new identity in the place of the old one. */
export function replaceIdentity(open: OpenAccount): Promise<void> {
  return withLock(open, 'identity', async () => {
    const { api, database, vault } = open
    const published = (await api.call('ownIdentity')).identity
    await vault.forgetLost()
    open.keySets.clear()
    open.attempts.clear()
    await noteReplacing(database, published)
    await endVerifications(database)
    const held = await vault.identity()
    if (held && published !== null && equalBytes(fromBase64url(published), held.publicKey)) return
    const identity = held ?? (await makeIdentity(open.tools))
    await vault.storeIdentity(identity)
    await publish(open, toBase64url(identity.publicKey), published)
    await noteReplaced(database)
    open.restockSoon()
  })
}

/** What was cut off between storing the new identity and publishing it. Another one that was published since stays. */
async function finishReplacing(
  open: OpenAccount,
  { held, published }: { held: KeyPair; published: string },
): Promise<void> {
  const owner = await open.database.meta.get('account')
  if (owner?.name !== 'account' || owner.replaces === undefined) return
  const own = toBase64url(held.publicKey)
  if (owner.replaces === published && own !== published) await publish(open, own, published)
  await noteReplaced(open.database)
}

async function noteReplacing({ meta }: AccountDatabase, published: string | null): Promise<void> {
  const owner = await meta.get('account')
  if (owner?.name !== 'account') return
  await meta.put({ ...owner, notedIdentity: null, replaces: published })
}

async function noteReplaced({ meta }: AccountDatabase): Promise<void> {
  const owner = await meta.get('account')
  if (owner?.name !== 'account') return
  const { replaces: _, ...settled } = owner
  await meta.put(settled)
}

async function publish({ api }: OpenAccount, identity: string, replaces: string | null): Promise<void> {
  try {
    await api.call('publishIdentity', { body: { identity, replaces } })
  } catch (error) {
    // Another browser of this account was faster. Ours stays: it shows itself in the exchanges it begins.
    if (!(error instanceof Refused) || error.code !== 'identity_conflict') throw error
  }
}
