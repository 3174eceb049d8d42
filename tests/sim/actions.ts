/** What people and machines do to each other's patience, each with its weight. */
import type { Browser, Tab } from './browser.ts'
import { FAIR, FOUL } from './network.ts'
import { present } from './virtual-globals.ts'
import type { Temper } from './options.ts'
import type { Stage } from './stage.ts'

export interface Action {
  readonly name: string
  readonly weight: number
  readonly tempers: readonly Temper[]
  run(stage: Stage, browser: Browser): Promise<void>
}

const ALL: readonly Temper[] = ['calm', 'clearing', 'rollback', 'hostile']
const LOSING: readonly Temper[] = ['clearing', 'rollback']
const TABS_MOST = 3
const HOUR_MS = 60 * 60_000
const DAY_MS = 24 * HOUR_MS
/** Longer than the private halves of prekeys are kept. */
const LONG_MS = 32 * DAY_MS
const APART_MS = [600_000, 5 * HOUR_MS, 26 * HOUR_MS, 3 * DAY_MS, 6 * DAY_MS, LONG_MS] as const
const COMMAND_MOST_MS = 15_000

export const actions: readonly Action[] = [
  { name: 'writes', weight: 30, tempers: ALL, run: writeSome },
  { name: 'refreshes keys', weight: 6, tempers: ALL, run: refresh },
  { name: 'opens a tab', weight: 6, tempers: ALL, run: openTab },
  { name: 'closes a tab', weight: 4, tempers: ALL, run: closeTab },
  { name: 'crashes', weight: 5, tempers: ALL, run: crash },
  { name: 'crashes in the middle of it', weight: 8, tempers: ALL, run: crashInTheMiddle },
  { name: 'quits', weight: 3, tempers: ALL, run: quit },
  { name: 'goes offline', weight: 5, tempers: ALL, run: goOffline },
  { name: 'comes online', weight: 8, tempers: ALL, run: goOnline },
  { name: 'has another weather', weight: 5, tempers: ALL, run: changeWeather },
  { name: 'loses its streams', weight: 4, tempers: ALL, run: cutStreams },
  { name: 'freezes a tab', weight: 3, tempers: ALL, run: freezeTab },
  { name: 'thaws its tabs', weight: 5, tempers: ALL, run: thawTabs },
  { name: 'sleeps', weight: 3, tempers: ALL, run: sleep },
  { name: 'drains in the worker', weight: 4, tempers: ALL, run: drain },
  { name: 'sets its clock', weight: 4, tempers: ALL, run: setClock },
  { name: 'loses its session', weight: 3, tempers: ALL, run: expire },
  { name: 'signs in', weight: 5, tempers: ALL, run: signIn },
  { name: 'lives apart from the other', weight: 4, tempers: ALL, run: liveApart },
  { name: 'clears its storage', weight: 4, tempers: ['clearing', 'rollback'], run: clearStorage },
  { name: 'clears its storage in the middle of it', weight: 4, tempers: LOSING, run: clearInTheMiddle },
  { name: 'loses part of its storage', weight: 3, tempers: LOSING, run: losePart },
  { name: 'loses its database', weight: 2, tempers: ['clearing', 'rollback'], run: loseDatabase },
  { name: 'puts its keys back', weight: 3, tempers: ['clearing', 'rollback'], run: putBack },
  { name: 'goes on without keys', weight: 5, tempers: ['clearing', 'rollback'], run: goOn },
  { name: 'taps "send"', weight: 3, tempers: ['clearing', 'rollback'], run: sendHeld },
  { name: 'copies its profile', weight: 8, tempers: ['rollback'], run: copyProfile },
  { name: 'restores its profile', weight: 8, tempers: ['rollback'], run: restoreProfile },
  { name: 'runs a second copy', weight: 4, tempers: ['rollback'], run: runCopy },
]

function anyTab({ chance }: Stage, browser: Browser): Tab | null {
  const tabs = browser.tabs.filter((tab) => tab.door && !tab.isFrozen)
  return tabs.length === 0 ? null : chance.pick(tabs)
}

const contactOf = ({ browsers }: Stage, { account }: Browser): Browser | undefined =>
  browsers.find((other) => other.account.id !== account.id)

/** A command that the person waits for; what it refuses is told in words. */
async function command(stage: Stage, browser: Browser, run: (tab: Tab) => Promise<void>): Promise<void> {
  const tab = anyTab(stage, browser)
  if (!tab) return
  const running = run(tab).catch((error: unknown) => stage.tell(`  refused: ${String(error)}`))
  if (stage.chance.isLikely(0.7)) await present.time.settle(running, COMMAND_MOST_MS)
}

async function writeSome(stage: Stage, browser: Browser): Promise<void> {
  const count = stage.chance.pick([1, 1, 2, 5])
  for (let index = 0; index < count; index++) await stage.write(browser)
}

function refresh(stage: Stage, browser: Browser): Promise<void> {
  return command(stage, browser, (tab) => browser.refresh(tab))
}

async function openTab(_stage: Stage, browser: Browser): Promise<void> {
  if (browser.tabs.length < TABS_MOST) await browser.openTab()
}

async function closeTab({ chance }: Stage, browser: Browser): Promise<void> {
  if (browser.tabs.length > 0) browser.closeTab(chance.pick(browser.tabs))
}

async function crash(stage: Stage, browser: Browser): Promise<void> {
  browser.crash()
  if (stage.chance.isLikely(0.7)) await browser.openTab()
}

/** They are never online together: each comes, reads, writes and leaves, long after the other. */
async function liveApart(stage: Stage, browser: Browser): Promise<void> {
  const [here, there] = [browser, contactOf(stage, browser)]
  if (!there || stage.browsers.length > 2) return
  const { chance } = stage
  await here.quit()
  await there.quit()
  const visits = chance.whole(2, 4)
  for (let visit = 0; visit < visits; visit++) {
    const apartMs = chance.pick(APART_MS)
    if (apartMs === LONG_MS) for (const one of [here, there]) one.wasAwayLong = true
    await present.time.runFor(apartMs)
    await visitAlone(stage, visit % 2 === 0 ? there : here)
  }
}

async function visitAlone(stage: Stage, browser: Browser): Promise<void> {
  await browser.openTab()
  await present.time.runFor(stage.chance.pick([500, 3_000, 20_000]))
  await stage.write(browser, true)
  if (stage.chance.isLikely(0.5)) await stage.write(browser, true)
  await present.time.runFor(stage.chance.pick([500, 5_000, 70_000]))
  await browser.quit()
}

/** While it seals, sends or receives: both write, and the power fails a moment later. */
async function crashInTheMiddle(stage: Stage, browser: Browser): Promise<void> {
  const other = contactOf(stage, browser)
  if (other && stage.chance.isLikely(0.7)) await stage.write(other)
  await stage.write(browser, false)
  await present.time.runFor(stage.chance.next() * stage.chance.pick([15, 60, 250]))
  browser.crash()
  if (other && stage.chance.isLikely(0.5)) await stage.write(other)
  await browser.openTab()
}

async function quit(stage: Stage, browser: Browser): Promise<void> {
  await browser.quit()
  if (stage.chance.isLikely(0.5)) await browser.openTab()
}

async function goOffline({ chance }: Stage, browser: Browser): Promise<void> {
  browser.goOffline(chance.isLikely(0.5))
}

async function goOnline(_stage: Stage, browser: Browser): Promise<void> {
  browser.goOnline()
  if (browser.tabs.length === 0) await browser.openTab()
}

async function changeWeather({ chance }: Stage, browser: Browser): Promise<void> {
  browser.network.weather = chance.pick([FAIR, FOUL])
}

async function cutStreams({ chance }: Stage, browser: Browser): Promise<void> {
  browser.network.cutStreams(chance.isLikely(0.5))
}

async function freezeTab(stage: Stage, browser: Browser): Promise<void> {
  const tab = anyTab(stage, browser)
  if (tab) browser.freeze(tab)
}

async function thawTabs(_stage: Stage, browser: Browser): Promise<void> {
  for (const tab of browser.tabs) if (tab.isFrozen) browser.thaw(tab)
}

/** The machine's lid is closed: an offer may be 59 or 61 seconds old when it is opened. */
async function sleep({ chance }: Stage, browser: Browser): Promise<void> {
  for (const tab of browser.tabs) browser.freeze(tab)
  await present.time.runFor(chance.pick([1_000, 44_000, 59_000, 61_000, 600_000]))
  for (const tab of browser.tabs) browser.thaw(tab)
}

async function drain(stage: Stage, browser: Browser): Promise<void> {
  stage.tell(`  ${await browser.drainFromWorker()}`)
}

async function setClock({ chance }: Stage, browser: Browser): Promise<void> {
  browser.clockAheadMs = chance.pick([0, 59_000, -61_000, 86_400_000, -86_400_000])
}

async function expire(stage: Stage, { network }: Browser): Promise<void> {
  if (network.session) stage.server.endSession(network.session)
}

async function signIn(_stage: Stage, browser: Browser): Promise<void> {
  if (!browser.network.session || browser.network.session.isOver) browser.signIn()
}

async function clearStorage(_stage: Stage, browser: Browser): Promise<void> {
  browser.isDisturbed = true
  browser.clearStorage()
}

/** Messages are under way in both directions, some of them unread. */
async function clearInTheMiddle(stage: Stage, browser: Browser): Promise<void> {
  const { chance } = stage
  const other = contactOf(stage, browser)
  browser.isDisturbed = true
  if (chance.isLikely(0.4)) browser.goOffline(true)
  if (other) await stage.write(other)
  await stage.write(browser, false)
  if (other) await stage.write(other, false)
  await present.time.runFor(chance.next() * chance.pick([15, 60, 250, 3_000]))
  browser.clearStorage()
  if (other && chance.isLikely(0.5)) await stage.write(other)
  await present.time.runFor(chance.next() * 3_000)
  browser.goOnline()
  if (chance.isLikely(0.6)) await goOn(stage, browser)
}

/** Some items go and others stay, while the browser runs or is closed. */
async function losePart(stage: Stage, browser: Browser): Promise<void> {
  const { chance } = stage
  browser.isDisturbed = true
  const isClosed = chance.isLikely(0.6)
  if (isClosed) await browser.quit()
  const part = chance.pick([0.1, 0.5, 0.9])
  browser.clearStorage(() => chance.isLikely(part))
  if (isClosed) await openAndWrite(stage, browser)
}

/** The browser finds its database broken and makes it anew; localStorage is still there. */
async function loseDatabase(stage: Stage, browser: Browser): Promise<void> {
  browser.isDisturbed = true
  await browser.quit()
  browser.loseDatabase()
  for (const written of stage.witness.written) if (written.browser === browser) written.state = 'lost'
  if (stage.chance.isLikely(0.7)) await openAndWrite(stage, browser)
}

function putBack(stage: Stage, browser: Browser): Promise<void> {
  return command(stage, browser, (tab) => browser.putKeysBack(tab))
}

function goOn(stage: Stage, browser: Browser): Promise<void> {
  return command(stage, browser, async (tab) => {
    if (tab.door?.open.vault.keys.value.state === 'gone') await browser.goOnWithoutKeys(tab)
  })
}

function sendHeld(stage: Stage, browser: Browser): Promise<void> {
  return command(stage, browser, (tab) => browser.sendHeld(tab))
}

async function copyProfile(stage: Stage, browser: Browser): Promise<void> {
  await browser.quit()
  stage.copies.set(browser, { profile: browser.readProfile(), writtenCount: stage.witness.written.length })
  await browser.openTab()
}

/** The first time, a copy is kept; later the browser goes back to it, and the person writes at once, often offline. */
async function restoreProfile(stage: Stage, browser: Browser): Promise<void> {
  const copy = stage.copies.get(browser)
  if (!copy) return copyProfile(stage, browser)
  browser.isDisturbed = true
  await browser.quit()
  await browser.writeProfile(copy.profile)
  for (const written of stage.witness.written.slice(copy.writtenCount))
    if (written.browser === browser) written.state = 'lost'
  await openAndWrite(stage, browser)
}

/** Both copies run at the same time, and their people write at once. */
async function runCopy(stage: Stage, browser: Browser): Promise<void> {
  if (stage.browsers.length > 2) return
  await browser.quit()
  const profile = browser.readProfile()
  browser.isDisturbed = true
  await browser.openTab()
  await present.time.runFor(stage.chance.whole(0, 5_000))
  const second = stage.addBrowser(`${browser.name}'s copy`, browser.account)
  second.isDisturbed = true
  second.network.session = browser.network.session
  await second.writeProfile(profile)
  await openAndWrite(stage, second)
  await present.time.runFor(stage.chance.whole(0, 5_000))
  await openAndWrite(stage, browser)
  await openAndWrite(stage, second)
}

async function openAndWrite(stage: Stage, browser: Browser): Promise<void> {
  if (stage.chance.isLikely(0.5)) browser.goOffline(true)
  if (browser.tabs.length === 0) await browser.openTab()
  await present.time.runFor(stage.chance.whole(0, 2_000))
  await stage.write(browser)
  await stage.write(browser)
  await present.time.runFor(stage.chance.whole(0, 5_000))
  browser.goOnline()
}
