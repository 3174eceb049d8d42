/** Anna, who loses all that her browser kept, and Ben, who has the history of their conversation. */
import { Dexie } from 'dexie'
import { expect, vi } from 'vitest'
import type { AccountDoor } from '../../pwa/client/account-door.ts'
import type { TimelineItem } from '../../pwa/client/contract/conversation.ts'
import { replaceIdentity } from '../../pwa/client/commands/identity.ts'
import { databaseName, type MessageRow } from '../../pwa/client/history/database.ts'
import { shareHistory } from '../../pwa/client/sharing/answer-ask.ts'
import { askForHistory } from '../../pwa/client/sharing/ask-for-history.ts'
import { readSharing } from '../../pwa/client/sharing/sharing-view.ts'
import { readItems, write, type Person } from './person.ts'
import { endTwoPeople, startTwoPeople, type TwoPeople } from './two-people.ts'

export const PATIENCE = { timeout: 30_000, interval: 50 }

/** As `expect.poll`, also before the first test. */
const eventually = <T>(read: () => T | Promise<T>, check: (now: T) => void): Promise<void> =>
  vi.waitFor(async () => check(await read()), PATIENCE)

export class HistoryPair {
  readonly people: TwoPeople
  readonly anna: Person
  readonly ben: Person
  atAnna: AccountDoor
  atBen: AccountDoor

  private constructor(people: TwoPeople, { atAnna, atBen }: { atAnna: AccountDoor; atBen: AccountDoor }) {
    this.people = people
    this.anna = people.anna
    this.ben = people.ben
    this.atAnna = atAnna
    this.atBen = atBen
  }

  static async start(): Promise<HistoryPair> {
    const people = await startTwoPeople()
    const { anna, ben } = people
    const atAnna = await anna.browser.openTab(anna.account)
    const atBen = await ben.browser.openTab(ben.account)
    for (const { api } of [anna, ben])
      await eventually(
        async () => (await api.call('prekeyStock')).stock,
        (now) => expect(now).toBe(100),
      )
    return new HistoryPair(people, { atAnna, atBen })
  }

  end = (): Promise<void> => endTwoPeople(this.people)

  sharingAtAnna = async () => (await readSharing(this.atAnna.open.database, this.ben.account.id)).own
  sharingAtBen = async () => (await readSharing(this.atBen.open.database, this.anna.account.id)).contact
  itemsAtAnna = () => messagesAt(this.atAnna, this.ben)
  textsAtAnna = async () =>
    (await this.itemsAtAnna()).map((item) => textOf(item, item.isMine ? 'anna' : 'ben'))
  textsAtBen = async () =>
    (await messagesAt(this.atBen, this.anna)).map((item) => textOf(item, item.isMine ? 'ben' : 'anna'))

  /** What each has said, as their lines say it. */
  async say(who: 'anna' | 'ben', ...texts: readonly string[]): Promise<readonly string[]> {
    const lines = texts.map((text) => `${who}: ${firstWord(text)}`)
    if (who === 'anna') await write(this.atAnna, this.ben.account, ...texts)
    else await write(this.atBen, this.anna.account, ...texts)
    const readOther = who === 'anna' ? this.textsAtBen : this.textsAtAnna
    await eventually(readOther, (now) => expect(now).toEqual(expect.arrayContaining(lines)))
    return lines
  }

  /** Nothing is left of Anna's browser but the session. She makes new keys, and both have an exchange again. */
  async wipeAnna(): Promise<void> {
    const { anna, ben } = this
    anna.browser.closeTabs()
    await Dexie.delete(databaseName(anna.account.id))
    anna.browser.storage.clear()
    await this.openAnna()
    await eventually(
      () => this.atAnna.open.vault.keys.value.state,
      (now) => expect(now).toBe('gone'),
    )
    await replaceIdentity(this.atAnna.open)
    this.atAnna.tender.pullAndTend(ben.account.id)
    await eventually(this.sharingAtAnna, (now) => expect(now).toMatchObject({ state: 'offer' }))
  }

  async openAnna(): Promise<void> {
    this.atAnna = await this.anna.browser.openTab(this.anna.account)
  }

  async openBen(): Promise<void> {
    this.atBen = await this.ben.browser.openTab(this.ben.account)
  }

  /** Anna asks, and Ben's screen shows it. Returns the question's entry id. */
  async ask(): Promise<string> {
    await askForHistory(this.atAnna.open, this.ben.account.id)
    this.atAnna.tender.tend(this.ben.account.id)
    await eventually(this.sharingAtBen, (now) => expect(now).toMatchObject({ state: 'asked' }))
    return (await this.sharingAtBen())?.ask ?? ''
  }

  async consent(question: string): Promise<void> {
    await shareHistory(this.atBen.open, this.anna.account.id, question)
    this.atBen.tender.tend(this.anna.account.id)
  }

  waitUntilShared = (): Promise<void> =>
    eventually(this.sharingAtAnna, (now) => expect(now).toMatchObject({ state: 'done' }))

  /** Batches in Ben's browser, on their way or in the log. */
  async batchesAtBen(): Promise<readonly MessageRow[]> {
    const rows = await this.atBen.open.database.messages.toArray()
    return rows.filter(({ kind, sender }) => kind === 'share' && sender === this.ben.account.id)
  }

  /** The exchanges under which Ben's browser ever sealed a batch. */
  sealedBatches = (): readonly (string | undefined)[] =>
    this.ben.browser.records
      .filter(({ operation, plaintext }) => operation === 'seal' && plaintext?.includes('"kind":"share"'))
      .map(({ exchange }) => exchange)
}

type Line = Exclude<TimelineItem, { kind: 'notice' }>

const messagesAt = async (tab: AccountDoor, contact: Person): Promise<readonly Line[]> =>
  (await readItems(tab, contact.account)).filter((item) => item.kind !== 'notice')

/** The first word stands for a long text. */
const textOf = (item: Line, who: string): string =>
  `${who}: ${item.kind === 'message' ? firstWord(item.text) : item.reason}`

const firstWord = (text: string): string => text.split(' ')[0] ?? ''
