/** The safety number of a conversation, from our identity and the one that the contact showed last. */
import type { Account } from '../../server/wire/account.ts'
import { fromBase64url, toBase64url } from '../protocol/bytes.ts'
import { asPublicKey } from '../protocol/primitives.ts'
import { safetyNumber } from '../protocol/safety-number.ts'
import type { SafetyNumber } from './contract/conversation.ts'
import type { Live } from './contract/live.ts'
import { mapLive } from './live.ts'
import type { OpenAccount } from './open-account.ts'

/** What the database knows of a contact's identity. */
export interface Acquaintance {
  readonly open: OpenAccount
  readonly contact: Account
  /** Identity key that the contact showed last in the log, base64url; null before it showed one. */
  readonly shown: string | null
  readonly verified: string | null
}

/** Null when there is no such conversation here. */
export async function readAcquaintance(
  open: OpenAccount,
  conversation: number,
): Promise<Acquaintance | null> {
  const { conversations, logs } = open.database
  const row = await conversations.get(conversation)
  if (!row) return null
  const shown = (await logs.get(conversation))?.state.identities[conversation] ?? null
  const contact = { id: conversation, username: row.username }
  return { open, contact, shown, verified: row.verifiedIdentity ?? null }
}

/** The number that belongs to each value of `source`. It is computed again only when an identity changed. */
export function watchSafetyNumber(source: Live<Acquaintance | null>): Live<SafetyNumber | null> {
  let last: { readonly of: string; readonly digits: Promise<string> } | null = null

  function digitsOf({ open, contact }: Acquaintance, own: string, theirs: string): Promise<string> {
    const of = `${own} ${theirs}`
    if (last?.of !== of) {
      const us = { account: open.account.id, identity: asPublicKey(fromBase64url(own)) }
      const them = { account: contact.id, identity: asPublicKey(fromBase64url(theirs)) }
      last = { of, digits: safetyNumber(open.tools, us, them) }
    }
    return last.digits
  }

  async function makeNumber(acquaintance: Acquaintance): Promise<SafetyNumber | null> {
    const { open, contact, verified } = acquaintance
    const own = await open.vault.identity()
    const contactIdentity = acquaintance.shown ?? (await askDirectory(open, contact.id))
    if (!own || contactIdentity === null) return null
    const ownIdentity = toBase64url(own.publicKey)
    const digits = await digitsOf(acquaintance, ownIdentity, contactIdentity)
    return {
      contactName: contact.username,
      groups: digits.match(/[0-9]{5}/g) ?? [],
      qrText: digits,
      isVerified: verified === contactIdentity,
      ownIdentity,
      contactIdentity,
    }
  }

  return mapLive(source, async (acquaintance) => {
    if (!acquaintance) return null
    return makeNumber(acquaintance).catch((error: unknown) => {
      acquaintance.open.noteFailure(error)
      return null
    })
  })
}

/** Before the first exchange only the directory knows the contact's identity. Null without the server. */
const askDirectory = (open: OpenAccount, contact: number): Promise<string | null> =>
  open.api.call('account', { params: { contact } }).then(
    ({ identity }) => identity,
    (error: unknown) => {
      open.noteFailure(error)
      return null
    },
  )
