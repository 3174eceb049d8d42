import { appendEntries } from '../commands/append-entries.ts'
import { moveApplied } from '../commands/move-applied.ts'
import type { Deps } from '../deps.ts'
import { refuse } from '../errors.ts'
import { toLogPage } from '../log-page.ts'
import { findAccount } from '../stores/accounts.ts'
import { findConversation, listConversations } from '../stores/conversations.ts'
import { type Conversation, type LogPage, PAGE_MOST_ENTRIES } from '../wire/log.ts'
import type { Handlers } from './call.ts'

const PAGE_MOST_BYTES = 1024 * 1024

type ConversationRoutes = Pick<Handlers, 'conversations' | 'append' | 'pull' | 'applied'>

/** The log of each conversation. */
export function conversationRoutes(deps: Deps): ConversationRoutes {
  return {
    async conversations({ account }) {
      return { conversations: await describeConversations(deps, account) }
    },
    async append({ account, params, body }) {
      await requireContact(deps, account, params.contact)
      const append = { sender: account, contact: params.contact, entries: body.entries }
      const answer = await appendEntries(deps, append)
      deps.metrics.noteEntries(answer.stored.length)
      return answer
    },
    async pull({ account, params, query }) {
      await requirePartner(deps, account, params.contact)
      const { after, limit = PAGE_MOST_ENTRIES } = query
      return readPage(deps, { account, contact: params.contact, after, limit })
    },
    async applied({ account, params, body }) {
      await requirePartner(deps, account, params.contact)
      await moveApplied(deps, { account, contact: params.contact, seq: body.seq })
      return {}
    },
  }
}

/** All conversations of an account, as its browser shows them. */
export async function describeConversations(
  { db, presence }: Pick<Deps, 'db' | 'presence'>,
  account: number,
): Promise<Conversation[]> {
  const rows = await listConversations(db, account)
  const online = await presence.listOnline(rows.map(({ contact }) => contact))
  return rows.map(({ contact, username, head, contactApplied }) => ({
    contact: { id: contact, username },
    head,
    contactApplied,
    isContactOnline: online.has(contact),
  }))
}

async function requireContact({ db }: Deps, account: number, contact: number): Promise<void> {
  if (contact === account) throw refuse('conversation_with_self')
  if ((await findAccount(db, contact)) === null) throw refuse('account_not_found')
}

/** As requireContact, but a log that stands may be read after its other side has deleted its account. */
async function requirePartner(deps: Deps, account: number, contact: number): Promise<void> {
  if ((await findConversation(deps.db, [account, contact])) === null)
    await requireContact(deps, account, contact)
}

interface PageRequest {
  readonly account: number
  readonly contact: number
  readonly after: number
  readonly limit: number
}

async function readPage(
  { db, logSource }: Deps,
  { account, contact, after, limit }: PageRequest,
): Promise<LogPage> {
  const conversation = await findConversation(db, [account, contact])
  const head = conversation?.head ?? 0
  if (after > head) throw refuse('cursor_beyond_head')
  if (conversation === null) return toLogPage([], { contact, after, head })
  const range = { after, head, mostEntries: limit, mostBytes: PAGE_MOST_BYTES }
  return toLogPage(await logSource.read(conversation.id, range), { contact, after, head })
}
