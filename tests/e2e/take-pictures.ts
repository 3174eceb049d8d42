/**
 * `node tests/e2e/take-pictures.ts`: the pictures of the README and the manifest, taken of the built app (`npm run build`
 * first) and a real conversation. They show the font of the machine that takes them.
 */
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { AppProcess } from '../support/app-process.ts'
import { Person } from './person.ts'

const PICTURES = fileURLToPath(new URL('../../pwa/public/screenshots', import.meta.url))
const MINUTE_MS = 60_000

/** Where it is between four and five in the afternoon now. */
function findAfternoon(): string {
  const eastHours = ((16 - new Date().getUTCHours() + 36) % 24) - 12
  // In these names, the sign says how far Greenwich is, not how far the place is from it.
  return eastHours === 0 ? 'UTC' : `Etc/GMT${eastHours > 0 ? '-' : '+'}${Math.abs(eastHours)}`
}

type Line = readonly [writer: 'mira' | 'jonas', minutesAgo: number, text: string]

const YESTERDAY: readonly Line[] = [
  ['mira', 1_331, 'I found the recipe of the lemon cake, in her handwriting.'],
  ['jonas', 1_329, 'No! Where was it?'],
  ['mira', 1_328, 'Inside the atlas. Between Portugal and Spain, of course.'],
]
/** Within half an hour: an unused session ends then. */
const TODAY: readonly Line[] = [
  ['jonas', 29, 'Hello! Are we still on for Saturday?'],
  ['mira', 28, 'Yes. I bring the cake, you bring the boat.'],
  ['jonas', 26, 'The boat is a big word.'],
  ['jonas', 26, 'It has a hole, but only a small one.'],
  ['mira', 24, 'How small?'],
  ['jonas', 22, 'One cork. Two if the weather is bad. Here is the place: https://lake.example/north-shore'],
  ['mira', 6, 'Lovely. I come by the train at ten and walk from the station.'],
]
const OTHERS = [
  {
    name: 'nora.lind',
    minutesAgo: 128,
    texts: ['The keys are with the neighbour', 'Thank you for watering!'],
  },
  { name: 'tomas', minutesAgo: 205, texts: ['See you on Monday then'] },
  { name: 'ruth', minutesAgo: 260, texts: ['I have read the book you gave me. Twice.'] },
] as const

const folder = await mkdtemp(path.join(tmpdir(), 'letterlock-pictures-'))
const app = await AppProcess.start({ hasMovableClock: true })
const timeZone = findAfternoon()
let offsetMs = 0
const serverNow = (): number => Date.now() + offsetMs
const people = new Map<string, Person>()

try {
  await mkdir(PICTURES, { recursive: true })
  await takeAll()
} finally {
  for (const person of people.values()) await person.closeBrowser()
  await app.remove()
  await rm(folder, { recursive: true, force: true })
}

async function takeAll(): Promise<void> {
  await goBack(YESTERDAY[0]?.[1] ?? 0)
  const mira = await join('mira')
  const jonas = await join('jonas')
  await mira.find('jonas')
  await jonas.find('mira')
  await tell(YESTERDAY)
  for (const other of OTHERS.toReversed()) {
    await goBack(other.minutesAgo)
    await signInAgain(mira)
    await writeTo(mira, other.name, other.texts)
  }
  await goBack(TODAY[0]?.[1] ?? 0)
  await signInAgain(mira)
  await signInAgain(jonas)
  await mira.openConversation('tomas')
  await mira.openConversation('ruth')
  await mira.openConversation('jonas')
  await tell(TODAY)
  await mira.waitForState(TODAY.at(-1)?.[2] ?? '', 'Delivered')
  await take(mira, 'desktop', { width: 1280, height: 800, colorScheme: 'light' })
  await take(mira, 'phone', { width: 390, height: 844, colorScheme: 'dark' })
}

async function goBack(minutes: number): Promise<void> {
  offsetMs = -minutes * MINUTE_MS
  await app.moveClock(Math.round(offsetMs / 1000))
}

async function join(name: string): Promise<Person> {
  const options = { locale: 'en-GB', timeZone }
  const person = new Person({ name, folder: path.join(folder, name), origin: app.origin, options })
  people.set(name, person)
  await person.openBrowser()
  await person.register(serverNow)
  return person
}

async function tell(lines: readonly Line[]): Promise<void> {
  for (const [writer, minutesAgo, text] of lines) {
    await goBack(minutesAgo)
    const reader = writer === 'mira' ? 'jonas' : 'mira'
    await people.get(writer)?.write(reader, text)
    await people.get(reader)?.waitForText(text)
  }
}

async function writeTo(reader: Person, name: string, texts: readonly string[]): Promise<void> {
  const writer = await join(name)
  await writer.find(reader.name)
  for (const text of texts) await writer.write(reader.name, text)
  await writer.waitForState(texts.at(-1) ?? '', 'Delivered')
  await writer.closeBrowser()
}

/** Hours have passed by the server's clock. */
async function signInAgain(person: Person): Promise<void> {
  await person.page.reload()
  const ended = person.page.getByText('Your session has ended')
  const isThere = person.page.getByText('Online', { exact: true })
  await ended.or(isThere).first().waitFor()
  if (!(await ended.isVisible())) return
  await person.page.getByRole('button', { name: 'Sign in' }).click()
  await person.signIn(serverNow)
}

interface Look {
  readonly width: number
  readonly height: number
  readonly colorScheme: 'light' | 'dark'
}

async function take({ page }: Person, name: string, { colorScheme, ...size }: Look): Promise<void> {
  await page.setViewportSize(size)
  await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
  await page.evaluate(() => document.activeElement instanceof HTMLElement && document.activeElement.blur())
  await page.mouse.move(0, 0)
  await page.screenshot({ path: path.join(PICTURES, `${name}.png`), animations: 'disabled' })
}
