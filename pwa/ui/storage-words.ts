/** This browser's storage in plain words. */
import type { BackupState } from '../client/contract/key-backup.ts'
import type { Engine, Erasure, StorageHealth, StorageUse } from '../client/contract/storage-care.ts'
import { describeWhen } from './account/security-words.ts'
import type { InstallState } from './install-prompt.ts'

const LITTLE_LEFT_BYTES = 100_000_000

/** What each engine clears by itself, and what keeps it from doing so. */
export const HABIT_WORDS: Readonly<Record<Engine, string>> = {
  webkit:
    'Safari, and every browser on an iPhone or iPad, deletes what a site keeps when nobody has opened it for seven days. An app on the Home Screen or in the Dock is spared. Install Letterlock, or open it at least once a week.',
  firefox:
    'Firefox deletes what sites keep when the device runs short of room, those first that were not used for longest. It spares sites that you have allowed to keep their data.',
  chromium:
    'Chrome, Edge and their relatives delete what sites keep when the device runs short of room, those first that were not used for longest. They spare apps that are installed and sites that are used much.',
  other:
    'Browsers delete what sites keep when the device runs short of room. We do not know when this one does; a key backup helps whatever it does.',
}

export const PRIVATE_WINDOW_WORDS =
  'A private window forgets everything when it is closed, in every browser. “Clear browsing data” forgets it, too, if it includes site data or cookies.'

/** The browser's promise, as it stands. */
export function describePromise({ isPersistent }: StorageHealth): string {
  if (isPersistent === true) return 'Yes. This browser clears it only when you tell it to.'
  if (isPersistent === null) return 'This browser makes no such promise.'
  return 'Not yet. The browser may clear it by itself.'
}

/** What came of asking for the promise, when it was not given. */
export function describeRefusal(engine: Engine, isPersistent: boolean | null): string {
  if (isPersistent === null) return 'This browser cannot be asked. Make a key backup instead.'
  return engine === 'firefox'
    ? 'The browser has not promised it. If you refused by mistake, press the lock beside the address to allow persistent storage.'
    : 'The browser has not promised it. It says yes to apps that are installed or often used: install Letterlock, or ask again later.'
}

const INSTALL_WORDS: Readonly<Record<InstallState, string>> = {
  installed: 'Yes, this window is the installed app.',
  offered: 'No. Browsers keep the data of installed apps longer.',
  'by-menu': 'Not this window. Browsers keep the data of installed apps longer.',
}
export const describeInstall = (state: InstallState): string => INSTALL_WORDS[state]

/** "12 MB used, 3.4 GB left." */
export function describeSpace(space: StorageHealth['space']): string {
  if (space === null) return 'This browser does not tell.'
  const words = `${describeSize(space.usedBytes)} used, ${describeSize(space.leftBytes)} left.`
  return space.leftBytes < LITTLE_LEFT_BYTES ? `${words} Free some space on this device.` : words
}

function describeSize(bytes: number): string {
  if (bytes < 1_000_000) return 'less than 1 MB'
  if (bytes < 1_000_000_000) return `${Math.round(bytes / 1_000_000)} MB`
  return `${(bytes / 1_000_000_000).toFixed(1)} GB`
}

/** The last backups, file and server. */
export function describeBackups({ lock, fileAt, serverAt }: BackupState, now: number): string {
  const made = [
    ...(serverAt === null ? [] : [`on the server ${describeWhen(serverAt, now)}`]),
    ...(fileAt === null ? [] : [`as a file ${describeWhen(fileAt, now)}`]),
  ]
  if (made.length > 0) return `Last ${made.join(', ')}.`
  return lock === null
    ? 'None. If the keys are lost, the messages stay closed.'
    : 'Set up, but none was made yet.'
}

/** The hint that names the risk, one sentence or two. */
export function describeRisk(risk: 'full' | 'unvisited', { absence, hintPutOffAt }: StorageUse): string {
  if (risk === 'full') return 'This browser may clear them when the device runs short of room.'
  const isNew = absence !== null && absence.endedAt > (hintPutOffAt ?? -Infinity)
  const gone = isNew ? ` You were away for ${absence.days} days.` : ''
  return `This browser deletes them when nobody has opened Letterlock for seven days.${gone}`
}

/** What came of erasing this browser, a sentence each. */
export function describeErasure(erasure: Erasure, now: number): readonly string[] {
  const { username, isHeldOpen, isSessionOver, sessionEndsAt } = erasure
  const until = sessionEndsAt === null ? 'it ends by itself' : describeEnd(sessionEndsAt, now)
  return [
    `${username} was erased from this browser.`,
    ...(isHeldOpen
      ? ['Another window still holds the messages: they go when you close the other windows of Letterlock.']
      : []),
    ...(isSessionOver
      ? []
      : [
          `The server could not be reached, so its session goes on until ${until}, or until Letterlock is opened here with a connection.`,
        ]),
  ]
}

/** "10:32", "23 Nov at 10:32". */
const describeEnd = (at: number, now: number): string => describeWhen(at, now).replace(/^at /, '')
