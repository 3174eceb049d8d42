import { beforeEach, describe, expect, test } from 'vitest'
import type { CryptoLogRow } from '../../pwa/client/contract/crypto-log.ts'
import type { Live } from '../../pwa/client/contract/live.ts'
import { createCryptoRecorder, ROWS_MOST } from '../../pwa/client/crypto-recorder.ts'
import type { CryptoRecord } from '../../pwa/protocol/crypto-log.ts'
import { MemoryStorage } from './memory-storage.ts'

const SETTING = 'letterlock/crypto-log'
const seal: CryptoRecord = { operation: 'seal', peer: 7, iv: '1' }

let storage: MemoryStorage
let printed: CryptoRecord[]
let tellTabs: (() => void)[]

beforeEach(() => {
  storage = new MemoryStorage()
  printed = []
  tellTabs = []
})

const openTab = () =>
  createCryptoRecorder({
    keyStorage: storage,
    onKeyStorageChange(listener) {
      tellTabs.push(listener)
      return () => undefined
    },
    logCrypto: (record) => printed.push(record),
    nowMs: () => 1_790_000_000_000,
  })

function read<T>(live: Live<T>): T | undefined {
  let present: T | undefined
  live.subscribe((value) => (present = value))()
  return present
}

describe('createCryptoRecorder', () => {
  test('gives each record to the console and, with number and time, to the panel', () => {
    const { record, rows } = openTab()
    record(seal)
    record({ operation: 'mac' })
    expect(printed).toEqual([seal, { operation: 'mac' }])
    expect(read(rows)).toEqual([
      { ...seal, number: 1, at: 1_790_000_000_000 },
      { operation: 'mac', number: 2, at: 1_790_000_000_000 },
    ])
  })

  test('tells whoever listens of each new record', () => {
    const { record, rows } = openTab()
    const told: number[] = []
    const stop = rows.subscribe((list) => told.push(list.length))
    record(seal)
    record(seal)
    stop()
    record(seal)
    expect(told).toEqual([0, 1, 2])
  })

  test(`keeps the newest ${ROWS_MOST}`, () => {
    const { record, rows } = openTab()
    for (let count = 0; count < ROWS_MOST + 1; count += 1) record(seal)
    const kept: readonly CryptoLogRow[] = read(rows) ?? []
    expect(kept).toHaveLength(ROWS_MOST)
    expect([kept[0]?.number, kept.at(-1)?.number]).toEqual([2, ROWS_MOST + 1])
    expect(printed).toHaveLength(ROWS_MOST + 1)
  })

  test('is on without a setting, and with any that is not "off"', () => {
    expect(read(openTab().isOn)).toBe(true)
    storage.setItem(SETTING, 'perhaps')
    expect(read(openTab().isOn)).toBe(true)
    storage.setItem(SETTING, 'off')
    expect(read(openTab().isOn)).toBe(false)
  })

  test('turned off, it says nothing anywhere and forgets what it said', () => {
    const { record, rows, isOn, setOn } = openTab()
    record(seal)
    setOn(false)
    record(seal)
    expect(printed).toHaveLength(1)
    expect(read(rows)).toEqual([])
    expect(read(isOn)).toBe(false)
    expect(storage.getItem(SETTING)).toBe('off')
    setOn(true)
    record(seal)
    expect(read(rows)).toHaveLength(1)
    expect(storage.getItem(SETTING)).toBeNull()
  })

  test('follows what another tab set', () => {
    const other = openTab()
    const { record } = openTab()
    other.setOn(false)
    for (const tell of tellTabs) tell()
    record(seal)
    expect(printed).toEqual([])
  })

  test('stays on when the browser does not keep the setting, and says so', () => {
    const { isOn, setOn } = openTab()
    storage.isFull = true
    expect(() => setOn(false)).toThrow(expect.objectContaining({ code: 'storage_failed' }))
    expect(read(isOn)).toBe(true)
  })

  test('forgets what it holds when asked, and counts on', () => {
    const { record, rows, clear } = openTab()
    record(seal)
    clear()
    expect(read(rows)).toEqual([])
    record(seal)
    expect(read(rows)).toMatchObject([{ number: 2 }])
  })
})
