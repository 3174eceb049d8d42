import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { AppProcess } from '../support/app-process.ts'
import { type BreachList, startBreachList } from './breach-list.ts'
import { Visitor } from './visitor.ts'

const STEP_SECONDS = 30

let list: BreachList
let app: AppProcess
let offsetSeconds = 0
beforeAll(async () => {
  list = await startBreachList()
  app = await AppProcess.start({
    environment: { HIBP_URL: list.url, NODE_EXTRA_CA_CERTS: list.certificateFile },
    hasMovableClock: true,
  })
})
afterAll(async () => {
  await app.remove()
  await list.remove()
})
afterEach(() => {
  list.mood = null
})

const visit = () => new Visitor(app.origin, () => Date.now() + offsetSeconds * 1000)
const moveClock = (bySeconds: number) => app.moveClock((offsetSeconds += bySeconds))

async function refuse(password: string, username = 'somebody') {
  const visitor = visit()
  await visitor.openSession()
  const captcha = await visitor.solveCaptcha()
  return visitor.refused('beginEnrolment', { body: { username, password, captcha } })
}

describe('a password that is set', () => {
  test.each([
    ['is made of the username', 'somebody2024', 'password_contextual'],
    ['is made of the service’s name', 'Letterlock1', 'password_contextual'],
    ['is a word that everybody expects', 'password1', 'password_contextual'],
    ['is a sequence', '1234abcd', 'password_sequence'],
    ['is a repetition', 'aaaaaaaa', 'password_sequence'],
    ['is a row of keys', 'qwertyuiop', 'password_sequence'],
    ['is common', 'liverpool', 'password_common'],
    ['is common in another case', 'LiverPool', 'password_common'],
  ])('is refused with a reason of its own when it %s', async (_what, password, code) => {
    expect(await refuse(password)).toEqual({ status: 400, code, at: undefined })
    expect(await refuse(password)).toMatchObject({ code })
  })

  test('is refused when a breach made it known, as typed or in its normal form', async () => {
    const typed = 'ｂｒｅａｃｈｅｄ vole'
    for (const known of [typed, typed.normalize('NFKC')]) {
      list.known.clear()
      list.known.add(known)
      expect(await refuse(typed)).toMatchObject({ status: 400, code: 'password_breached' })
    }
    list.known.clear()
    await visit().beginEnrolment('somebody', typed)
  })

  test.each([
    'zzz-tree-zzz-lamp',
    'somebody-correct-horse',
    'tkzqwmba',
    '81724637',
    '🦊🌵🎈🥝🧵🪁🛶🧊',
    'ÄÖÜ äöü ß',
  ])('may be %s: nothing is asked of its composition', async (password) => {
    await visit().beginEnrolment('somebody', password)
  })

  test('is accepted when the list names its hash as padding only', async () => {
    list.padding.add('a quiet vole hides')
    await visit().beginEnrolment('somebody', 'a quiet vole hides')
  })

  test('is told to the list by five hex digits only, without a cookie', async () => {
    list.asked.length = 0
    await visit().beginEnrolment('somebody', 'a quiet vole sleeps')
    expect(list.asked).toHaveLength(1)
    for (const { path, headers } of list.asked) {
      expect(path).toMatch(/^\/range\/[0-9A-F]{5}$/)
      expect(headers).toMatchObject({ 'add-padding': 'true', 'user-agent': 'Letterlock' })
      expect(headers.cookie).toBeUndefined()
    }
  })

  test.each(['redirect', 'fault', 'silence'] as const)(
    'is judged by the bundled list when the other answers with a %s',
    async (mood) => {
      list.known.add('a quiet vole wakes')
      list.mood = mood
      await visit().beginEnrolment('somebody', 'a quiet vole wakes')
      expect(await refuse('liverpool')).toMatchObject({ code: 'password_common' })
      expect(app.output).toContain('breach_check_unavailable')
      expect(list.asked.map(({ path }) => path)).not.toContain('/elsewhere')
    },
  )
})

describe('a password that becomes known', () => {
  test('lets its owner in at the next login only to change it and to log out, and ends other sessions', async () => {
    const owner = visit()
    const elsewhere = visit()
    const person = await owner.register()
    await moveClock(3 * STEP_SECONDS)
    await elsewhere.logIn(person)
    list.known.add(person.password)
    await owner.call('conversations')
    await moveClock(STEP_SECONDS)
    expect((await owner.logIn(person)).mustChangePassword).toBe(true)
    expect(await owner.refused('conversations')).toMatchObject({
      status: 403,
      code: 'password_change_required',
    })
    expect(await owner.refused('beginRun', { body: {} })).toMatchObject({ code: 'password_change_required' })
    const stream = await owner.send('GET', '/api/stream')
    expect(stream.status).toBe(403)
    expect(await elsewhere.refused('conversations')).toMatchObject({ status: 401 })
    await owner.call('endSession')
  })

  test('is not sent to the list by a login that fails', async () => {
    list.asked.length = 0
    const visitor = visit()
    await visitor.openSession()
    const second = { type: 'totp', value: '000000' }
    await visitor.refused('login', { body: { username: 'somebody', password: 'a quiet vole', second } })
    await delay(100)
    expect(list.asked).toEqual([])
  })
})

describe('without a list to ask', () => {
  test('the bundled list decides, and no request leaves', async () => {
    const alone = await AppProcess.start({ environment: { HIBP_URL: 'off' } })
    try {
      const visitor = new Visitor(alone.origin, Date.now)
      await visitor.openSession()
      const common = {
        username: 'somebody',
        password: 'liverpool',
        captcha: await visitor.solveCaptcha(),
      }
      expect(await visitor.refused('beginEnrolment', { body: common })).toMatchObject({
        code: 'password_common',
      })
      await visitor.beginEnrolment('somebody', 'a quiet vole sleeps')
      expect(alone.output).not.toContain('breach_check')
    } finally {
      await alone.remove()
    }
  })
})
