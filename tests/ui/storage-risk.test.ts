import { describe, expect, test } from 'vitest'
import { findRisk, HINT_PAUSE_DAYS, type RiskFacts } from '../../pwa/ui/storage-risk.ts'

const DAY_MS = 24 * 60 * 60_000
const NOW = 1_000 * DAY_MS

const RISKY: RiskFacts = {
  health: { engine: 'chromium', isPersistent: false, space: null },
  use: { messageCount: 10, absence: null, hintPutOffAt: null },
  backup: { fileAt: null, serverAt: null },
  isInstalled: false,
  nowMs: NOW,
}
const inSafari = (use: Partial<RiskFacts['use']>): RiskFacts => ({
  ...RISKY,
  health: { ...RISKY.health, engine: 'webkit' },
  use: { ...RISKY.use, ...use },
})

describe('findRisk', () => {
  test('finds one when nothing keeps the messages, nothing brings them back, and there are some', () => {
    expect(findRisk(RISKY)).toBe('full')
    expect(findRisk({ ...RISKY, health: { ...RISKY.health, isPersistent: null } })).toBe('full')
    expect(findRisk(inSafari({}))).toBe('unvisited')
  })

  test.each([
    ['the browser has promised to keep them', { health: { ...RISKY.health, isPersistent: true } }],
    ['the app is installed', { isInstalled: true }],
    ['a backup was saved as a file', { backup: { fileAt: 1, serverAt: null } }],
    ['a backup is on the server', { backup: { fileAt: null, serverAt: 1 } }],
    ['there are few', { use: { ...RISKY.use, messageCount: 9 } }],
  ] as const)('finds none when %s', (_, change) => {
    expect(findRisk({ ...RISKY, ...change })).toBeNull()
  })

  test('stays away for as long as it says when it was put off', () => {
    const putOff = (days: number) =>
      findRisk({ ...RISKY, use: { ...RISKY.use, hintPutOffAt: NOW - days * DAY_MS } })
    expect(putOff(0)).toBeNull()
    expect(putOff(HINT_PAUSE_DAYS - 1)).toBeNull()
    expect(putOff(HINT_PAUSE_DAYS)).toBe('full')
  })

  test('is found in WebKit after a long absence, however little there is to lose', () => {
    const absence = { days: 5, endedAt: NOW }
    expect(findRisk(inSafari({ messageCount: 1, absence }))).toBe('unvisited')
    expect(findRisk(inSafari({ messageCount: 0, absence }))).toBeNull()
    expect(findRisk({ ...RISKY, use: { messageCount: 1, absence, hintPutOffAt: null } })).toBeNull()
  })

  test('is not found again for an absence before it was put off', () => {
    const hintPutOffAt = NOW - HINT_PAUSE_DAYS * DAY_MS
    const absence = { days: 6, endedAt: hintPutOffAt - 1 }
    expect(findRisk(inSafari({ messageCount: 1, absence, hintPutOffAt }))).toBeNull()
  })
})
