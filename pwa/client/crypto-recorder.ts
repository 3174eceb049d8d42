/** The crypto log of this page: to the console and to the panel, as long as the person has not turned it off. */
import type { CryptoRecord } from '../protocol/crypto-log.ts'
import { ClientError } from './contract/client-error.ts'
import type { CryptoLogRow } from './contract/crypto-log.ts'
import type { Live } from './contract/live.ts'
import type { BrowserEnvironment } from './environment.ts'
import { createCell } from './live.ts'

/** So many operations are kept, in memory only. */
export const ROWS_MOST = 2_000

const NAME = 'letterlock/crypto-log'
const OFF = 'off'

export interface CryptoRecorder {
  /** Oldest first. */
  readonly rows: Live<readonly CryptoLogRow[]>
  readonly isOn: Live<boolean>
  readonly record: (record: CryptoRecord) => void
  /** Throws ClientError `storage_failed` when the browser does not keep the setting. Off empties the rows. */
  readonly setOn: (isOn: boolean) => void
  /** Somebody else may look at this page from now on. */
  readonly clear: () => void
}

type RecorderParts = Pick<BrowserEnvironment, 'keyStorage' | 'onKeyStorageChange' | 'logCrypto'> & {
  readonly nowMs: () => number
}

/** On, unless the setting in localStorage says `off`; other tabs follow it. */
export function createCryptoRecorder({
  keyStorage,
  onKeyStorageChange,
  logCrypto,
  nowMs,
}: RecorderParts): CryptoRecorder {
  const rows = createCell<readonly CryptoLogRow[]>([])
  const isOn = createCell(readSetting())
  let count = 0
  isOn.subscribe((on) => {
    if (!on) rows.set([])
  })
  onKeyStorageChange(() => isOn.set(readSetting()))

  function readSetting(): boolean {
    return keyStorage.getItem(NAME) !== OFF
  }

  return {
    rows,
    isOn,
    record(record) {
      if (!isOn.value) return
      logCrypto(record)
      count += 1
      rows.set([...rows.value.slice(1 - ROWS_MOST), { ...record, number: count, at: nowMs() }])
    },
    setOn(on) {
      try {
        if (on) keyStorage.removeItem(NAME)
        else keyStorage.setItem(NAME, OFF)
      } catch (cause) {
        throw new ClientError('storage_failed', null, { cause })
      }
      isOn.set(on)
    },
    clear: () => rows.set([]),
  }
}
