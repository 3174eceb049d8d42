import { describe, expect, test } from 'vitest'
import { findFaults, type Evidence } from './evidence.ts'

const ANNA = 1
const BEN = 2
const ivOf = (value: number): string => {
  const bytes = Buffer.alloc(12)
  bytes.writeUInt32BE(value, 8)
  return bytes.toString('base64url')
}
const logged = (id: string, sender: number, iv: number) => ({ id, sender, keys: 'k', iv: ivOf(iv) })
const seal = (entry: string, peer: number, iv: number) => ({
  operation: 'seal',
  entry,
  peer,
  keys: 'k',
  key: `to ${peer}`,
  iv: String(iv),
})
const history = [
  { id: 'a', text: 'anna 1' },
  { id: 'b', text: 'ben 1' },
  { id: 'c', text: 'anna 2' },
]
const whole: Evidence = {
  shown: ['anna 1', 'anna 2', 'ben 1'],
  log: [logged('a', ANNA, 1), logged('b', BEN, 1), logged('c', ANNA, 300)],
  histories: new Map([
    ['anna', history],
    ['ben', history],
  ]),
  screens: new Map([['ben', ['ben 1', 'anna 2']]]),
  complaints: [],
  seals: [seal('a', BEN, 1), seal('b', ANNA, 1), seal('c', BEN, 300)],
}
const bothKeep = (kept: typeof history): Evidence => ({
  ...whole,
  log: kept.map(({ id }, index) => logged(id, ANNA, index)),
  histories: new Map([
    ['anna', kept],
    ['ben', kept],
  ]),
  screens: new Map(),
  complaints: [],
  seals: [],
})

describe('findFaults', () => {
  test('finds nothing where every promise was kept', () => {
    expect(findFaults(whole)).toEqual([])
  })

  test('finds a message that was shown and lost', () => {
    expect(findFaults({ ...whole, shown: [...whole.shown, 'anna 3'] })).toEqual(['lost: anna 3'])
  })

  test('finds a message that stands twice under two ids', () => {
    expect(findFaults(bothKeep([...history, { id: 'd', text: 'anna 2' }]))).toEqual(['doubled: anna 2'])
  })

  test('finds messages of one tab that changed places', () => {
    const places = [
      { id: 'c', text: 'anna 2' },
      { id: 'b', text: 'ben 1' },
      { id: 'a', text: 'anna 1' },
    ]
    expect(findFaults(bothKeep(places))).toEqual(['out of order: anna 1'])
  })

  test('finds a history that ends before the log, and one in another order', () => {
    const short = new Map([...whole.histories, ['ben', history.slice(0, 2)] as const])
    expect(findFaults({ ...whole, histories: short })).toEqual([
      'the history of ben is not the log: it has 2 messages, the log 3, and they part at 3',
    ])
    const turned = new Map([...whole.histories, ['ben', history.toReversed()] as const])
    expect(findFaults({ ...whole, histories: turned })[0]).toContain('they part at 1')
  })

  test('finds a text that two people read differently', () => {
    const other = history.map(({ id, text }) => ({ id, text: id === 'b' ? 'forged' : text }))
    const histories = new Map([...whole.histories, ['ben', other] as const])
    expect(findFaults({ ...whole, histories })).toEqual(['ben reads another text in b'])
  })

  test('finds a screen without the newest message, an empty one, and one that goes on after the log', () => {
    const screens = new Map([
      ['one', ['anna 1', 'ben 1']],
      ['two', []],
      ['three', ['ben 1', 'anna 2', 'anna 3']],
      ['four', ['anna 2']],
    ])
    expect(findFaults({ ...whole, screens })).toEqual(
      ['one', 'two', 'three'].map((name) => `the screen of ${name} does not show the end of the log`),
    )
  })

  test('finds what a screen complains of', () => {
    expect(findFaults({ ...whole, complaints: ['anna: log-differs'] })).toEqual(['anna: log-differs'])
  })

  test('finds a key and IV twice in the crypto logs', () => {
    expect(findFaults({ ...whole, seals: [...whole.seals, seal('d', BEN, 1)] })).toContain(
      'sealed twice: to 2 1',
    )
  })

  test('finds an IV twice in the log, and not the same IV in both directions', () => {
    const log = [logged('a', ANNA, 1), logged('b', BEN, 1), logged('c', ANNA, 1)]
    expect(findFaults({ ...whole, log, seals: [] })).toEqual([`twice in the log: 1 k ${ivOf(1)}`])
  })

  test('finds an IV of the log that had sealed an entry which never came', () => {
    const seals = [seal('never sent', BEN, 300)]
    expect(findFaults({ ...whole, seals })).toEqual(['sealed as another entry before: c'])
  })
})
