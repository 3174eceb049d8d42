/** The short size of `npm run campaign:attack`: sqlmap and wapiti find what was planted, and nothing in the app. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { AppProcess } from '../support/app-process.ts'
import { startTestServer } from '../server/test-server.ts'
import { Visitor } from '../server/visitor.ts'
import { type AttackServer, startAttackServer, startHolesOf } from './attack-server.ts'
import { EXPLAINED } from './explained.ts'
import { listPages, listTargets } from './targets.ts'
import { runWapiti } from './wapiti.ts'

const MINUTE_MS = 60_000

describe('sqlmap', () => {
  let server: AttackServer
  let handled = 0
  beforeAll(async () => {
    server = await startAttackServer(null, { level: 1, risk: 1, techniques: 'BEUQ' })
  })
  afterAll(() => server.remove())

  test('finds a planted hole', { timeout: 2 * MINUTE_MS }, async () => {
    const { findings, isComplete } = await server.attackPlanted()
    expect(isComplete).toBe(false)
    expect(findings).toMatch(/Parameter: JSON #1\*/)
  })

  const names = listTargets(1).map(({ name }) => name)
  test.each(names)('finds nothing in %s', { timeout: 2 * MINUTE_MS }, async (name) => {
    const target = server.targets.find((one) => one.name === name)
    if (!target) throw new Error(`no target ${name}`)
    const { findings, isComplete, output, counts } = await server.attack(target)
    expect(findings).toBe('')
    expect(isComplete, output).toBe(true)
    expect(counts.requests).toBeGreaterThan(10)
    expect(counts.faults).toBe(0)
    handled += counts.handled
  })

  test('came past the checks of form with hundreds of its requests', () => {
    expect(handled).toBeGreaterThan(200)
  })
})

describe('wapiti', () => {
  test('finds planted holes', { timeout: 2 * MINUTE_MS }, async () => {
    const server = await startTestServer()
    const holes = await startHolesOf(server)
    const found = await runWapiti(holes.origin)
    await holes.stop()
    await server.remove()
    for (const kind of ['SQL Injection', 'Cross Site Scripting', 'Open Redirect', 'HttpOnly Flag cookie'])
      expect(found).toContainEqual(expect.stringMatching(`^${kind}: `))
  })

  test.each(['a stranger', 'somebody who is signed in'])(
    'finds as %s only what is explained',
    { timeout: 3 * MINUTE_MS },
    async (who) => {
      const app = await AppProcess.start()
      try {
        const visitor = new Visitor(app.origin, Date.now)
        const { id } = await visitor.register('somebody')
        const cookie = who === 'a stranger' ? {} : { cookie: visitor.cookie }
        expect(await runWapiti(app.origin, { ...cookie, paths: listPages(id) })).toEqual(
          Object.keys(EXPLAINED).toSorted(),
        )
      } finally {
        await app.remove()
      }
    },
  )
})
