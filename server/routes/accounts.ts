import { toBase64url } from '../bytes.ts'
import { beginRun } from '../commands/begin-run.ts'
import { publishIdentity } from '../commands/publish-identity.ts'
import type { Deps } from '../deps.ts'
import { refuse } from '../errors.ts'
import {
  type ContactRow,
  findAccount,
  findAccountByName,
  findIdentity,
  withIdentity,
} from '../stores/accounts.ts'
import type { ContactRecord } from '../wire/account.ts'
import type { Handlers } from './call.ts'

type AccountRoutes = Pick<
  Handlers,
  'findAccount' | 'account' | 'ownIdentity' | 'publishIdentity' | 'beginRun'
>

/** The directory, the account's own identity key, and its runs. */
export function accountRoutes(deps: Deps): AccountRoutes {
  const { db } = deps
  return {
    async findAccount({ params }) {
      return toContactRecord(await withIdentity(db, await findAccountByName(db, params.username)))
    },
    async account({ params }) {
      return toContactRecord(await withIdentity(db, await findAccount(db, params.contact)))
    },
    async ownIdentity({ account }) {
      const row = await findIdentity(db, account)
      return { identity: row && toBase64url(row.publicKey), publishedAt: row && row.publishedAt }
    },
    publishIdentity({ account, body }) {
      return publishIdentity(deps, { account, identity: body.identity, replaces: body.replaces })
    },
    beginRun({ account, body }) {
      const { install, previous, next } = body
      return beginRun(deps, { account, install, previous, next })
    },
  }
}

function toContactRecord(row: ContactRow | null): ContactRecord {
  if (row === null) throw refuse('account_not_found')
  return { id: row.id, username: row.username, identity: row.identity && toBase64url(row.identity) }
}
