/**
 * The account's database in this browser: history, outbox, counters, and what was read of each log. The worker opens it
 * too, to drain the outbox: content and keys are opaque here, and only types come from the protocol.
 */
import type { SecurityEvent } from '../../../server/wire/security.ts'
import { Dexie, type EntityTable, type Table } from 'dexie'
import type { LogState } from '../../protocol/log-state.ts'
import type { ParkReason } from '../contract/outbox.ts'

/** Pending messages stand above every seq, so that the newest page of a conversation is one range of the index. */
export const PENDING_POSITION = 2 ** 52

export interface SealRecord {
  readonly exchange: string
  readonly keys: string
  readonly iv: bigint
  readonly n: number
}

/**
 * For the other client's eyes: `lost`, a report; `ask`, a question for the history; `share`, a batch of it. `hidden`: what another
 * row shows, or nobody needs to see.
 */
export type MessageKind = 'text' | 'unknown' | 'unreadable' | 'notice' | 'lost' | 'ask' | 'share' | 'hidden'

/** One line of the timeline. The command writes content; receive writes `position` once the log has decided. */
export interface MessageRow {
  /** Entry id; notices made here have one of their own. */
  readonly id: string
  readonly conversation: number
  /** The entry's seq; above PENDING_POSITION while the log has not decided. */
  readonly position: number
  readonly kind: MessageKind
  readonly sender: number
  readonly at: number
  /**
   * The text of a message, the JSON of an unknown content, the reason of an unreadable entry, the kind of a notice, the
   * exchanges of a report as JSON, the range of a question as JSON; of a batch its content as JSON while it waits, and then the
   * entry id of its question.
   */
  readonly text: string
  /** Null while no key has sealed it: "waiting for keys". */
  readonly seal: SealRecord | null
  /** An own message that this browser did not write. */
  readonly isFromElsewhere?: true
  /** The contact shared it again: its text is the contact's word, whoever wrote it. */
  readonly isShared?: true
  /** Of a copy: the entry id of the message that it repeats. */
  readonly again?: string
  /**
   * An append of it is on its way, or ended without an answer: then the log may show it yet, whatever becomes of its row.
   * What is marked so stands in front of what is not.
   */
  readonly append?: 'sending' | 'unknown' | undefined
  /** Of a copy of ours: the contact's identity it was made for. It stays out of sight here, where the original is. */
  readonly againFor?: string
}

/** A key set by its place among the others. */
export interface SealingKeys {
  readonly exchange: string
  readonly keys: string
  readonly epoch: number
}

export type OutboxKind = 'offer' | 'answer' | 'prekey' | 'message' | 'change'

/** An envelope that the log has not shown back to us yet. */
export interface OutboxRow {
  readonly id: string
  readonly conversation: number
  /** Rows of a conversation leave in this order. */
  readonly order: number
  readonly kind: OutboxKind
  readonly envelope: string
  readonly exchange: string
  readonly seal: Omit<SealRecord, 'exchange'> | null
  /** The key set that a change begins. */
  readonly next: SealingKeys | null
  /** Milliseconds by this device's clock after which the row is stale; the worker leaves such rows to the page. */
  readonly notAfter: number | null
  /** Position the server gave it; the row goes when the log shows the entry. */
  readonly storedSeq: number | null
  /** The server's refusal; a page with keys has to act. */
  readonly refused: string | null
  /** Refused for good: it stays, with all behind it, until the person decides. */
  readonly parked?: ParkReason | undefined
}

export interface LogRow {
  readonly conversation: number
  readonly state: LogState
  /** The key set to seal under; ahead of `announced` while a refresh of ours is in the outbox. */
  readonly sealing: SealingKeys | null
  /** The key set with the highest epoch that the log shows in the current exchange. */
  readonly announced: SealingKeys | null
  /** Exchanges with entries of the contact that could not be opened for want of keys. */
  readonly unopened?: readonly string[]
  /** The same of this account's own entries, which another browser may have written. */
  readonly ownUnopened?: readonly string[]
}

/** Our last question for the history. Counts are of messages. */
export interface AskRecord {
  /** Entry id of the question. */
  readonly id: string
  readonly from: number
  readonly to: number
  /** By this device's clock. */
  readonly at: number
  /** Put in their places, or here already. */
  readonly taken: number
  /** By the code of the reason. */
  readonly refused: Readonly<Record<string, number>>
  /** Still to come, as the contact says; null: nothing has come yet. */
  readonly rest: number | null
}

/** The contact's last question, and how far we have come in answering it. */
export interface ShareRecord {
  /** Entry id of the question. */
  readonly ask: string
  readonly from: number
  readonly to: number
  /** By the server's clock. */
  readonly askedAt: number
  /** The contact's public identity key that asks, base64url: to no other one anything is shared. */
  readonly identity: string
  /** `ended`: stopped by the person, or the identity is another one by now. `done`: all is in batches. */
  readonly state: 'asked' | 'declined' | 'sharing' | 'done' | 'ended'
  /** All entries up to this seq are in batches. */
  readonly upTo: number
  /** Messages in batches, and in all. */
  readonly sent: number
  readonly total: number
}

export interface ConversationRow {
  readonly conversation: number
  readonly username: string
  /** How far the contact's browser has applied the log. */
  readonly contactApplied: number
  /** Position of the newest item that was seen. */
  readonly readPosition: number
  /** Pending messages up to this position wait for one tap, because the security code changed. */
  readonly heldUpTo: number | null
  /** The contact's public identity key whose safety number the person compared, base64url. */
  readonly verifiedIdentity?: string | null
  /** The contact's identity that the directory gave and the person was told of, before the log shows it. */
  readonly toldIdentity?: string
  /** Exchanges that we reported lost. */
  readonly reported?: readonly string[]
  /** The person took the conversation back from another browser when the log had come so far. */
  readonly takenBackAt?: number
  /** Reports of the contact that all was sent again for, as `exchange/identity`. */
  readonly repaired?: readonly string[]
  readonly asked?: AskRecord
  readonly share?: ShareRecord
  /** The person wants no word about entries up to this seq that could be asked for. */
  readonly askDismissedUpTo?: number
}

/** What was typed in a conversation and not sent. */
export interface DraftRow {
  readonly conversation: number
  readonly text: string
}

export interface CounterRow {
  readonly keys: string
  readonly conversation: number
  /** Highest IV reserved, seen in the log or known to the server. */
  readonly iv: bigint
  /** Highest IV whose envelope was committed. */
  readonly committedIv: bigint
  /** Count of messages committed and not withdrawn. */
  readonly n: number
  /** `log.seq` of the last committed message. */
  readonly logSeq: number
  /** Another browser of this account has used the key set, perhaps a copy that goes on with it. */
  readonly isUsedElsewhere?: true
}

export interface JournalRow {
  readonly item: string
  /** Empty: destroyed, and to be destroyed again should a crash bring it back. */
  readonly value: string
  /** When it was written, by this device's clock. */
  readonly at: number
}

export interface HashRow {
  readonly conversation: number
  readonly seq: number
  readonly hash: string
}

/** This run of the install, from the first tab opened to the last one closed. */
export interface RunRow {
  readonly name: 'run'
  /** Names this database to the server. */
  readonly install: string
  /** Tokens whose swap was not seen answered, newest last. */
  readonly tokens: readonly string[]
  readonly state: 'unverified' | 'known' | 'unknown'
  /** Key sets begun in this run: nobody else can have used them. */
  readonly begunKeySets: readonly string[]
  /** In a database made anew beside older keys: the key sets begun since. The counters of all others are lost. */
  readonly begunSinceLoss?: readonly string[]
}

export interface AccountRow {
  readonly name: 'account'
  readonly id: number
  readonly username: string
  /** Public identity key that a start found in localStorage: from then on, its absence means that somebody cleared it. */
  readonly notedIdentity: string | null
  /** Ours is stored and not published yet: the published identity that it is to take the place of; null: there was none. */
  readonly replaces?: string | null
}

export interface ConnectionRow {
  readonly name: 'connection'
  readonly connection: 'connected' | 'connecting' | 'offline'
  /** Contacts online, with the time since when, by this device's clock. */
  readonly online: Readonly<Record<number, number>>
}

/** The tab that holds the stream, under a name of this one time. */
export interface LeaderRow {
  readonly name: 'leader'
  readonly leader: string
}

/** What is known of changes to the account's means of signing in. */
export interface SecurityRow {
  readonly name: 'security'
  /** Time of the newest event that this browser has heard of, by the server's clock. */
  readonly newestAt: number
  /** Done by another session, and not read by the person yet. */
  readonly notice: SecurityEvent | null
}

/** The key backups of this browser: when the last ones were made, and of what. */
export interface BackupRow {
  readonly name: 'backup'
  /** By this device's clock. */
  readonly file: { readonly madeAt: number; readonly digest: string } | null
  /** By the server's clock. */
  readonly server: { readonly savedAt: number; readonly digest: string } | null
  /** Another browser stored a backup with another code: ours is no longer renewed. */
  readonly isReplaced: boolean
}

/** This database holds the history of the install with this id; absent in one that was made anew since. */
export interface InstallRow {
  readonly name: 'install'
  readonly id: string
}

/** When somebody was here, by this device's clock. */
export interface VisitsRow {
  readonly name: 'visits'
  readonly lastAt: number
  /** The last long absence. */
  readonly absence: { readonly days: number; readonly endedAt: number } | null
  /** When the person last put off the hint that this browser may clear its storage. */
  readonly hintPutOffAt: number | null
}

export type MetaRow =
  RunRow | AccountRow | ConnectionRow | LeaderRow | SecurityRow | BackupRow | InstallRow | VisitsRow

export class AccountDatabase extends Dexie {
  readonly messages!: EntityTable<MessageRow, 'id'> // Dexie assigns every table in `stores`
  readonly outbox!: EntityTable<OutboxRow, 'id'> // as above
  readonly logs!: EntityTable<LogRow, 'conversation'> // as above
  readonly conversations!: EntityTable<ConversationRow, 'conversation'> // as above
  readonly counters!: EntityTable<CounterRow, 'keys'> // as above
  readonly journal!: EntityTable<JournalRow, 'item'> // as above
  readonly hashes!: Table<HashRow, [number, number]> // as above
  readonly meta!: Table<MetaRow, MetaRow['name']> // as above
  readonly drafts!: EntityTable<DraftRow, 'conversation'> // as above

  constructor(account: number) {
    // A cache would stay behind in a tab that was frozen: what other tabs tell meanwhile is not told again.
    super(databaseName(account), { chromeTransactionDurability: 'strict', cache: 'disabled' })
    this.version(1).stores({
      messages: 'id, [conversation+position]',
      outbox: 'id, [conversation+order]',
      logs: 'conversation',
      conversations: 'conversation',
      counters: 'keys, conversation',
      journal: 'item',
      hashes: '[conversation+seq]',
      meta: 'name',
    })
    this.version(2).upgrade((transaction) =>
      transaction.table<LogRow>('logs').toCollection().modify(withPrekeysAndReports),
    )
    this.version(3).stores({ drafts: 'conversation' })
  }
}

/** Version 1 knew neither one-way exchanges nor reports of what was lost. */
function withPrekeysAndReports(row: LogRow): void {
  const exchanges = row.state.exchanges.map((record) => ({ ...record, prekey: null }))
  Object.assign(row, { state: { ...row.state, exchanges, lost: [] } })
}

const NAME = /^letterlock-([1-9][0-9]{0,15})$/

export const databaseName = (account: number): string => `letterlock-${account}`

/** Accounts that have a database in this browser. */
export async function listDatabaseAccounts(): Promise<readonly number[]> {
  const names = await Dexie.getDatabaseNames()
  return names.flatMap((name) => {
    const match = NAME.exec(name)
    return match ? [Number(match[1])] : []
  })
}

/** Rows of a conversation's outbox, in the order in which they leave. */
export function outboxOf(database: AccountDatabase, conversation: number): Promise<OutboxRow[]> {
  return database.outbox
    .where('[conversation+order]')
    .between([conversation, Dexie.minKey], [conversation, Dexie.maxKey])
    .toArray()
}

/** Whether the server has not said yet where a row stands in the log. */
export const isUnsent = (row: OutboxRow): boolean => row.storedSeq === null

/** Messages of a conversation that the log has not decided, oldest first. */
export function pendingMessages(database: AccountDatabase, conversation: number): Promise<MessageRow[]> {
  return database.messages
    .where('[conversation+position]')
    .between([conversation, PENDING_POSITION], [conversation, Dexie.maxKey])
    .toArray()
}

/** Stores each draft, or deletes an empty one, at once: also when the page is about to go away. */
export async function storeDrafts(database: AccountDatabase, rows: readonly DraftRow[]): Promise<void> {
  await database.transaction('rw', database.drafts, ({ idbtrans }) => {
    const drafts = idbtrans.objectStore('drafts')
    for (const row of rows) {
      if (row.text === '') drafts.delete(row.conversation)
      else drafts.put(row)
    }
    // Otherwise the browser waits whether more is asked for, and a page that goes away takes it back.
    idbtrans.commit()
  })
}
