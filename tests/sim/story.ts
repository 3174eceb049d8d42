/** One run: two accounts, what their people and machines do by chance, and the rest at the end. */
import { PENDING_POSITION } from '../../pwa/client/history/database.ts'
import { hash } from 'node:crypto'
import type { CryptoRecord } from '../../pwa/protocol/crypto-log.ts'
import { parseEnvelope } from '../../server/wire/envelope.ts'
import { transparentSha256 } from './virtual-crypto.ts'
import { actions, type Action } from './actions.ts'
import { Browser, type Tab } from './browser.ts'
import { HonestServer } from './honest-server.ts'
import { HostileServer } from './hostile-server.ts'
import { FAIR } from './network.ts'
import { isGapUnnoticed, whoNoticed, type Noticed } from './noticing.ts'
import { createRandomness, type Randomness } from './randomness.ts'
import type { Options, Temper } from './outcome.ts'
import type { Copy, Stage } from './stage.ts'
import { beginTime, present } from './virtual-globals.ts'
import { Witness, type Written } from './witness.ts'
import type { NewEntryRow } from '../../server/stores/entries.ts'

const ANNA = { id: 11, username: 'anna' }
const BEN = { id: 22, username: 'ben' }
const HONEST = ['calm', 'clearing', 'rollback', 'rollback'] as const
const TEMPERS: Readonly<Record<Options['server'], readonly Temper[]>> = {
  honest: HONEST,
  hostile: ['hostile'],
  any: [...HONEST, 'hostile', 'hostile'],
}
const STEPS_LEAST = 6
const STEPS_MOST = 36
/** Of the stories: the other side is away when the first message is written. */
const MEET_APART = 0.15
/** A minute, and how far a client may be wrong about the server's clock after a slow answer. */
const ANSWER_MOST_MS = 62_000
/** To look whether all is settled takes longer than most tasks. */
const LOOK_EVERY_TASKS = 25
const minutes = (count: number): number => count * 60_000
/** Longer than the longest pause between two offers. */
const SETTLE_MOST_MS = minutes(70)
/** A server that lies, or a copy of a profile, may keep them from it for ever. */
const CONTESTED_SETTLE_MOST_MS = minutes(8)
const CALLS_MOST_PER_MINUTE = 900
const IDLE_CALLS_MOST_PER_MINUTE = 40

export class Story implements Stage {
  readonly temper: Temper
  readonly chance: Randomness
  readonly server: HonestServer
  readonly witness: Witness
  readonly browsers: Browser[] = []
  readonly copies = new Map<Browser, Copy>()
  readonly trace: string[] = []
  steps = 0
  /** Of the server's lies. */
  noticed: readonly Noticed[] = []
  /** Who has asked for the history has to read all of it in the end: people ask, agree, and ask no more. */
  asker: Browser | null = null
  /** After the lies, one of the two has read a message of the other. */
  isHeardAgain = false
  readonly #options: Options

  constructor(seed: number, options: Options) {
    beginTime(seed)
    this.#options = options
    this.chance = createRandomness(seed)
    const sha256 = options.primitives === 'webcrypto' ? realSha256 : transparentSha256
    this.witness = new Witness(sha256)
    this.temper = options.temper ?? this.chance.pick(TEMPERS[options.server])
    const nowMs = (): number => Math.floor(present.time.nowMs)
    const tools = { nowMs, sha256 }
    this.server =
      this.temper === 'hostile'
        ? new HostileServer([ANNA, BEN], tools, this.chance)
        : new HonestServer([ANNA, BEN], tools)
    this.addBrowser('anna', ANNA)
    this.addBrowser('ben', BEN)
  }

  addBrowser(name: string, account: typeof ANNA): Browser {
    const browser = new Browser({
      name,
      account,
      contact: account === ANNA ? BEN : ANNA,
      server: this.server,
      primitives: this.#options.primitives,
      onSeal: (browser, seal) => this.witness.noteSeal(browser, seal),
      onRecord: (browser, record) => this.#checkAnswered(browser, record),
      onFault: (browser, error) => this.witness.note(`${browser.name} reports ${describe(error)}`),
    })
    this.browsers.push(browser)
    return browser
  }

  /** [Promise 9: whoever engages in an offer does so within its minute.] */
  #checkAnswered(browser: Browser, { operation, purpose, exchange }: CryptoRecord): void {
    if (operation !== 'generate-key' || purpose !== 'exchange' || this.temper === 'hostile') return
    for (const { sender, acceptedAt, envelope: text } of this.#logOf(browser)) {
      const envelope = parseEnvelope(text)
      const isTheirs = envelope?.type === 'ECDH' && sender !== browser.account.id
      if (!isTheirs || envelope.exchange !== exchange || envelope.step !== 'offer') continue
      const ageMs = present.time.nowMs - acceptedAt
      if (ageMs > ANSWER_MOST_MS) this.witness.note(`${browser.name} engages in an offer of ${ageMs} ms`)
    }
  }

  tell(line: string): void {
    const seconds = (performance.now() / 1000).toFixed(3)
    this.trace.push(`${seconds.padStart(10)} ${line}`)
  }

  /** Types a message in any open tab of `browser`; `isAwaited`: nothing else happens before it is kept. */
  async write(browser: Browser, isAwaited = this.chance.isLikely(0.7)): Promise<Written | null> {
    const tab = browser.tabs.find((one) => one.door && !one.isFrozen)
    if (!tab) return null
    const text = `${browser.name} ${this.witness.written.length}`
    const written: Written = { text, browser, tab, state: 'typed' }
    this.witness.noteWritten(written)
    const kept = browser.write(tab, text).then(
      () => void (written.state = written.state === 'typed' ? 'kept' : written.state),
      (error: unknown) => {
        if (tab.isAlive) this.witness.note(`${browser.name} could not keep a message: ${describe(error)}`)
      },
    )
    if (isAwaited) await present.time.settle(kept, 10_000)
    return written
  }

  async run(script: (story: Story) => Promise<void> = actByChance): Promise<void> {
    for (const browser of this.browsers) await browser.openTab()
    await script(this)
    if (this.server instanceof HostileServer) this.server.isLying = false
    await this.#settle('the end')
    await this.#sayGoodbye()
    await this.#checkIdle()
    this.#checkShared()
  }

  /** Lets everything settle that can, and gives nothing back. `isOver`: not any longer. */
  async rest(mostMs: number, isOver: () => boolean = () => false): Promise<void> {
    const isSettled = (): boolean => this.#isSettled() && !this.browsers.some((browser) => browser.isWriting)
    await present.time.runUntil(() => isOver() || isSettled(), mostMs)
  }

  /** `name`: of the action, instead of what chance says. */
  async step(name?: string): Promise<void> {
    this.steps += 1
    const possible = actions.filter((action) => action.tempers.includes(this.temper))
    const action = possible.find((one) => one.name === name) ?? pickByWeight(this.chance, possible)
    const browser = this.chance.pick(this.browsers)
    this.tell(`${browser.name} ${action.name}`)
    await action.run(this, browser)
    await present.time.runFor(
      this.chance.pick([0, 2, 20, 200, 2_000, 10_000, 59_000, 61_000]) * this.chance.next(),
    )
    this.#checkAlways()
  }

  #checkAlways(): void {
    const { server, witness, browsers, temper } = this
    // A profile that was copied before it had an identity makes one in each copy.
    const identities = browsers.length === 2 ? server.identities : null
    witness.checkHistories(browsers, (browser) => this.#logOf(browser))
    if (temper !== 'hostile') witness.checkLog(server.entries(ANNA.id, BEN.id), identities)
    for (const browser of browsers) this.#checkCalls(browser, CALLS_MOST_PER_MINUTE)
  }

  /** As the server shows it to the browser's account. */
  #logOf({ account, contact }: Browser): readonly NewEntryRow[] {
    return this.server.entries(account.id, contact.id)
  }

  /** [Promise 7: nobody asks the server in a loop.] */
  #checkCalls(browser: Browser, most: number): void {
    const recent = browser.network.requests.filter(({ atMs }) => atMs > present.time.nowMs - minutes(1))
    if (recent.length > most)
      this.witness.note(
        `${browser.name} sent ${recent.length} requests in a minute, the last ${recent.at(-1)?.name}`,
      )
    this.witness.throwIfBroken()
  }

  /** Gives everything back: tabs, networks, sessions, people who look at what the app tells them. */
  async #settle(why: string): Promise<void> {
    this.tell(`settling: ${why}`)
    for (const browser of this.browsers) {
      for (const tab of browser.tabs) if (tab.isFrozen) browser.thaw(tab)
      browser.network.weather = FAIR
      browser.clockAheadMs = 0
      browser.goOnline()
      if (!browser.network.session || browser.network.session.isOver) browser.signIn()
      if (!browser.tabs.some((tab) => tab.door)) await browser.openTab()
    }
    const isHostile = this.temper === 'hostile'
    const isEndless = isHostile || this.browsers.length > 2
    const endMs = present.time.nowMs + (isEndless ? CONTESTED_SETTLE_MOST_MS : SETTLE_MOST_MS)
    while (present.time.nowMs < endMs) {
      await this.#tendPeople()
      let looks = 0
      await present.time.runUntil(() => ++looks % LOOK_EVERY_TASKS === 0 && this.#isSettled(), 5_000)
      this.#checkAlways()
      if (!this.#isSettled()) continue
      await present.time.runFor(3_000)
      this.#checkAlways()
      if (this.#isSettled()) break
    }
    if (isHostile) return
    const isCalm = this.browsers.every((browser) => !browser.isDisturbed && !browser.wasAwayLong)
    this.witness.checkSettled(this.server.entries(ANNA.id, BEN.id), this.browsers, isCalm)
  }

  /** People tap what the app asks them to tap. */
  async #tendPeople(): Promise<void> {
    for (const browser of this.browsers) {
      const isGone = (tab: Tab): boolean => tab.door?.open.vault.keys.value.state === 'gone'
      const tab = browser.tabs.find(isGone) ?? browser.tabs.find((one) => one.door)
      if (!tab?.door) continue
      const { vault, session } = tab.door.open
      if (session.value === 'expired') browser.signIn()
      const { state } = vault.keys.value
      const tapping = state === 'gone' ? browser.goOnWithoutKeys(tab) : browser.sendHeld(tab)
      await present.time.settle(
        tapping.catch(() => undefined),
        10_000,
      )
      if (state === 'present' && this.#isMain(browser))
        await present.time.settle(
          browser.takeBack(tab).catch(() => undefined),
          10_000,
        )
      if (this.asker && state === 'present') await this.#tendSharing(browser, tab)
    }
  }

  /** Of several browsers of an account one goes on: in two that take the conversation from each other nothing comes to rest. */
  readonly #isMain = (browser: Browser): boolean =>
    this.browsers.find(({ account }) => account.id === browser.account.id) === browser

  async #tendSharing(browser: Browser, tab: Tab): Promise<void> {
    const tapping = browser === this.asker ? browser.askForHistory(tab) : browser.shareHistory(tab)
    await present.time.settle(
      tapping.catch(() => undefined),
      10_000,
    )
  }

  /** [Promise 10: what both had is read again by who asked for it, each once and in its place.] */
  #checkShared(): void {
    const { asker, witness } = this
    if (!asker) return
    for (const { text } of witness.written)
      if (!witness.isRead(asker, text)) witness.note(`"${text}" was not shared with ${asker.name}`)
    witness.throwIfBroken()
  }

  #isSettled(): boolean {
    if (this.witness.written.some(({ state, tab }) => state === 'typed' && tab.isAlive)) return false
    return this.browsers.every(
      (browser) =>
        browser.tabs.every((tab) => tab.door?.open.vault.keys.value.state !== 'gone') &&
        browser.rows('outbox').length === 0 &&
        !browser.rows('messages').some((row) => row.kind === 'text' && row.position >= PENDING_POSITION) &&
        this.#cursorOf(browser) === this.#logOf(browser).length,
    )
  }

  #cursorOf(browser: Browser): number {
    const [log] = browser.rows('logs')
    return log?.state.seq ?? 0
  }

  /**
   * [Promise 6: after all this, both can still write to each other and read it.] Whoever lost keys is heard first: until then
   * the other one cannot know. A profile that runs twice reads only what its own exchanges bring.
   */
  async #sayGoodbye(): Promise<void> {
    const [anna, ben] = this.browsers
    if (!anna || !ben) throw new Error('two people are needed')
    if (this.temper !== 'calm') await this.#sayOnce([anna, ben])
    const written = await this.#sayOnce([anna, ben])
    if (this.server instanceof HostileServer) return this.#checkNoticed(this.server, written)
    if (this.browsers.length > 2) return
    for (const [{ text, browser }, reader] of pairUp(written, [ben, anna])) {
      if (!this.witness.isRead(reader, text))
        this.witness.note(`${reader.name} cannot read the goodbye of ${browser.name}`)
    }
    this.witness.throwIfBroken()
  }

  /**
   * [Promise 8: whoever is shown another log than the other side sent notices it, as soon as they read each other again.]
   */
  #checkNoticed(server: HostileServer, goodbyes: readonly Written[]): void {
    this.isHeardAgain = goodbyes.some(({ text, browser }) =>
      this.browsers.some((reader) => reader !== browser && this.witness.isRead(reader, text)),
    )
    this.noticed = whoNoticed(server.manipulations, this.browsers)
    if (isGapUnnoticed(server.manipulations, this.browsers))
      this.witness.note('nobody counted that a message is missing')
    for (const { kind, isNoticed } of this.noticed)
      if (isNoticed === false && this.isHeardAgain)
        this.witness.note(`nobody noticed that something was ${kind}`)
    this.witness.throwIfBroken()
  }

  async #sayOnce(writers: readonly Browser[]): Promise<Written[]> {
    const all: Written[] = []
    for (const writer of writers) {
      this.tell(`${writer.name} says goodbye`)
      const written = await this.write(writer)
      if (!written) this.witness.note(`${writer.name} has no tab to write in`)
      else all.push(written)
      await this.#settle('goodbye')
    }
    return all
  }

  async #checkIdle(): Promise<void> {
    await present.time.runFor(minutes(1.5))
    for (const browser of this.browsers) this.#checkCalls(browser, IDLE_CALLS_MOST_PER_MINUTE)
    this.#checkAlways()
  }
}

async function actByChance(story: Story): Promise<void> {
  const stepCount = story.chance.whole(STEPS_LEAST, STEPS_MOST)
  if (story.chance.isLikely(MEET_APART)) await story.step('lives apart from the other')
  for (let step = 0; step < stepCount; step++) await story.step()
}

const realSha256 = (message: Uint8Array): Uint8Array => hash('sha256', message, 'buffer')

const pairUp = <A, B>(ones: readonly A[], others: readonly B[]): [A, B][] =>
  ones.flatMap((one, index) => {
    const other = others[index]
    return other === undefined ? [] : [[one, other]]
  })

function pickByWeight(chance: Randomness, choices: readonly Action[]): Action {
  let left = chance.next() * choices.reduce((sum, { weight }) => sum + weight, 0)
  const chosen = choices.find(({ weight }) => (left -= weight) < 0) ?? choices[0]
  if (!chosen) throw new Error('nothing to do')
  return chosen
}

function describe(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}
