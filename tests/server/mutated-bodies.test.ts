/** Whatever a body, a query or a path was made of: the server answers it with a success or a refusal of its own, never with a fault. */
import * as fc from 'fast-check'
import * as v from 'valibot'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { errorBody } from '../../server/wire/errors.ts'
import { routes } from '../../server/wire/routes.ts'
import { messageEnvelope, newKeySet, randomText } from '../contracts/entries.ts'
import { mutateAll, mutations } from '../support/mutated-json.ts'
import { type BodyRoute, rightBodies } from './right-bodies.ts'
import { startTestServer, type TestServer } from './test-server.ts'
import type { Visitor } from './visitor.ts'

const BODIES = 400
const ENVELOPES = 300
const CURSORS = 200

let server: TestServer
let visitor: Visitor
let contact: number
beforeAll(async () => {
  server = await startTestServer()
  visitor = server.visit()
  await visitor.register()
  await visitor.openSession()
  contact = (await server.visit().register()).id
})
afterAll(() => server.remove())

// Registering and signing in take long by intent, and lock out whoever fails too often: their own tests try bad input.
const names = Object.keys(rightBodies).filter(
  (name): name is BodyRoute => !['beginEnrolment', 'login', 'endSession'].includes(name),
)
const pathOf = (name: keyof typeof routes): string => routes[name].path.replaceAll(/:\w+/g, String(contact))
const post = (name: BodyRoute, body: string): Promise<Response> =>
  visitor.send('POST', pathOf(name), {
    body,
    headers: { 'Content-Type': 'application/json', Origin: server.origin },
  })

/** Gives the status. Throws when it says a fault, or when a refusal is not of the one form for them. */
async function statusOf(response: Response): Promise<number> {
  const text = await response.text()
  expect(response.status, text).toBeLessThan(500)
  if (!response.ok) v.parse(errorBody, JSON.parse(text))
  return response.status
}

describe('a mutated', () => {
  test('body is taken or refused, and is no fault', { timeout: 60_000 }, async () => {
    const statuses = new Set<number>()
    const property = fc.asyncProperty(fc.constantFrom(...names), mutations, async (name, all) => {
      const right = JSON.stringify({ token: visitor.token, ...rightBodies[name] })
      statuses.add(await statusOf(await post(name, mutateAll(right, all))))
    })
    await fc.assert(property, { numRuns: BODIES, endOnFailure: true })
    expect([...statuses]).toEqual(expect.arrayContaining([200, 400]))
  })

  test('envelope is stored as it is or refused by name, and is no fault', { timeout: 60_000 }, async () => {
    const codes = new Set<string | undefined>()
    const property = fc.asyncProperty(mutations, async (all) => {
      const envelope = mutateAll(messageEnvelope(newKeySet(), 1), all)
      const body = JSON.stringify({ token: visitor.token, entries: [{ id: randomText(16), envelope }] })
      const response = await post('append', body)
      const answer = v.safeParse(routes.append.answer, await response.clone().json())
      await statusOf(response)
      codes.add(answer.success ? answer.output.refused?.code : 'refused as a body')
    })
    await fc.assert(property, { numRuns: ENVELOPES, endOnFailure: true })
    expect([...codes]).toEqual(expect.arrayContaining([undefined, 'malformed_envelope']))
  })

  test('cursor is taken or refused, and is no fault', { timeout: 60_000 }, async () => {
    const statuses = new Set<number>()
    const property = fc.asyncProperty(
      fc.constantFrom('after', 'limit', 'contact'),
      mutations,
      async (which, all) => {
        const text = encodeURIComponent(
          mutateAll('{"x":0}', all)
            .replace(/^{"x":(.*)}$/s, '$1')
            .toWellFormed(),
        )
        const query = which === 'limit' ? `?after=0&limit=${text}` : `?after=${which === 'after' ? text : 0}`
        const path = which === 'contact' ? routes.pull.path.replace(':contact', text) : pathOf('pull')
        if (path.length + query.length < 8_000)
          statuses.add(await statusOf(await visitor.send('GET', path + query)))
      },
    )
    await fc.assert(property, { numRuns: CURSORS, endOnFailure: true })
    expect([...statuses]).toEqual(expect.arrayContaining([200, 400]))
  })
})
