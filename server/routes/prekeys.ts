import { toBase64url } from '../bytes.ts'
import { drawPrekey } from '../commands/draw-prekey.ts'
import { PREKEY_FRESH_MS, publishPrekeys } from '../commands/publish-prekeys.ts'
import type { Deps } from '../deps.ts'
import { refuse } from '../errors.ts'
import { findIdentity } from '../stores/accounts.ts'
import { countStock } from '../stores/prekeys.ts'
import type { Handlers } from './call.ts'

type PrekeyRoutes = Pick<Handlers, 'prekeyStock' | 'publishPrekeys' | 'drawPrekey'>

/** One-time prekeys: an account's own stock, and drawing from another's. */
export function prekeyRoutes(deps: Deps): PrekeyRoutes {
  const { db, clock } = deps
  return {
    async prekeyStock({ account }) {
      const identity = await findIdentity(db, account)
      return {
        identity: identity && toBase64url(identity.publicKey),
        stock: await countStock(db, account, clock() - PREKEY_FRESH_MS),
      }
    },
    publishPrekeys({ account, body }) {
      const { identity, prekeys, isWholeStock } = body
      return publishPrekeys(deps, { account, identity, prekeys, isWholeStock })
    },
    async drawPrekey({ account, params }) {
      if (params.contact === account) throw refuse('conversation_with_self')
      return drawPrekey(deps, { account, contact: params.contact })
    },
  }
}
