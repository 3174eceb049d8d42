import type { Lack } from '../client/contract/status.ts'

/** Without these nothing can be sealed, opened or kept. */
export const isNeeded = (lack: Lack): boolean => lack !== 'tabs' && lack !== 'worker'

interface LackWords {
  readonly heading: string
  readonly words: string
}

const KEEPS_NOTHING: LackWords = {
  heading: 'This window keeps nothing',
  words:
    'Letterlock keeps your keys and messages in the browser, and that is switched off here: this is a private window, or the browser’s settings block site data. Open Letterlock in an ordinary window, or allow site data for this address, then try again.',
}

/** What the person is told, and what to do next. */
export const LACK_WORDS: Readonly<Record<Lack, LackWords>> = {
  encryption: {
    heading: 'No encryption at this address',
    words:
      'Browsers let a page encrypt only at an address that begins with https://. Open Letterlock there. If you are there already, this browser is too old: please use a newer one.',
  },
  'key-storage': KEEPS_NOTHING,
  database: KEEPS_NOTHING,
  tabs: {
    heading: 'One tab only',
    words: 'Tabs of this browser cannot work together. Please keep Letterlock open in one tab only.',
  },
  worker: {
    heading: 'Not without a connection',
    words:
      'Letterlock cannot be opened offline in this window. While it is open, you can read and write without a connection; leave it open until everything is sent.',
  },
}
