/** What this browser makes of a prekey envelope in the log: keys, if it is ours or meant for us. */
import { confirmedKeySet } from '../../protocol/exchange.ts'
import { acceptOneWay } from '../../protocol/one-way.ts'
import { toBase64url } from '../../protocol/bytes.ts'
import type { KeySet } from '../../protocol/key-set.ts'
import type { ExchangeRecord, LogState } from '../../protocol/log-state.ts'
import { ProtocolError } from '../../protocol/protocol-error.ts'
import type { PrekeyEnvelope } from '../../../server/wire/envelope.ts'
import { REFILL_BELOW } from '../commands/stock-prekeys.ts'
import { ourParty, type OpenAccount } from '../open-account.ts'
import { contactOf, secretOf } from './key-sets.ts'

/**
 * The key set of epoch 1 of a one-way exchange that the log has just shown; null when this browser cannot have it. The
 * private half of the prekey is destroyed as soon as the secret is stored.
 */
export async function openOneWay(
  open: OpenAccount,
  state: LogState,
  { record, envelope }: { record: ExchangeRecord; envelope: PrekeyEnvelope },
): Promise<KeySet | null> {
  const contact = contactOf(open, state)
  const isOwn = record.initiator === open.account.id
  const held = await secretOf(open, record)
  const { id: self } = open.account
  const by = record.initiator
  const keySet = held
    ? await confirmedKeySet(open.tools, { established: held, envelope, by, self, contact })
    : isOwn
      ? null
      : await acceptFromContact(open, { contact, record, envelope })
  if (keySet) await open.vault.storeSalt(record.exchange, keySet.id, envelope.salt)
  if (keySet && !isOwn) await destroyUsed(open, envelope.prekey)
  return keySet
}

async function acceptFromContact(
  open: OpenAccount,
  { contact, record, envelope }: { contact: number; record: ExchangeRecord; envelope: PrekeyEnvelope },
): Promise<KeySet | null> {
  const self = await ourParty(open)
  if (!self || envelope.to !== toBase64url(self.identity.publicKey)) return null
  const prekey = await open.vault.prekey(envelope.prekey)
  if (!prekey) {
    open.restockSoon(true)
    return null
  }
  const accepted = await acceptOneWay(open.tools, { self, contact, prekey, envelope }).catch(refusalAsNull)
  if (!accepted) {
    await destroyUsed(open, prekey.id)
    return null
  }
  await open.vault.storeSecret(record.offerId, accepted.established)
  return accepted.keySet
}

async function destroyUsed(open: OpenAccount, id: string): Promise<void> {
  if (!(await open.vault.prekey(id))) return
  await open.vault.destroyPrekeys([id])
  if (open.vault.listPrekeys().length < REFILL_BELOW) open.restockSoon()
}

function refusalAsNull(error: unknown): null {
  if (error instanceof ProtocolError) return null
  throw error
}
