/** Tries to find out by logins that fail whether a name is somebody's. */
import { randomBytes } from 'node:crypto'
import { Visitor, type Credentials } from '../server/visitor.ts'

/** Fewer than the ten after which a name has to wait. */
const TRIES_PER_NAME = 9
/** Headers that differ between any two answers. */
const ALWAYS_NEW = new Set(['date', 'x-request-id'])

export type Kind = 'known, wrong password' | 'known, wrong code' | 'unknown'

export interface Answer {
  readonly kind: Kind
  readonly ms: number
  /** Status, headers and body, without what the clock alone decides. */
  readonly text: string
}

/**
 * Makes `logins` logins that fail, half of them with names that nobody has, in an order that is drawn. Registers the accounts
 * it needs.
 */
export async function tryNames(origin: string, logins: number): Promise<Answer[]> {
  const names = Math.ceil(logins / 2 / TRIES_PER_NAME)
  const people: Credentials[] = []
  for (let count = 0; count < names; count++) people.push(await register(origin))
  const strangers = people.map(() => makeName())
  const visitor = new Visitor(origin, Date.now)
  await visitor.openSession()
  const answers: Answer[] = []
  for (const { kind, index } of drawOrder(logins)) {
    const person = people[index % names]
    const stranger = strangers[index % names]
    if (!person || !stranger) throw new Error('there are fewer names than tries')
    answers.push(
      await tryOnce(visitor, kind, kind === 'unknown' ? { ...person, username: stranger } : person),
    )
  }
  return answers
}

const makeName = (): string => `n${randomBytes(6).toString('hex')}`

async function register(origin: string): Promise<Credentials> {
  return new Visitor(origin, Date.now).register(makeName())
}

/** Pairs of a known and an unknown name, each pair in an order by chance; every second known one has a wrong code. */
function drawOrder(logins: number): { kind: Kind; index: number }[] {
  return Array.from({ length: logins / 2 }, (_, index) => {
    const known: Kind = index % 2 === 0 ? 'known, wrong password' : 'known, wrong code'
    const pair = [known, 'unknown'] as const
    return (Math.random() < 0.5 ? pair : pair.toReversed()).map((kind) => ({ kind, index }))
  }).flat()
}

async function tryOnce(
  visitor: Visitor,
  kind: Kind,
  { username, password, address }: Credentials,
): Promise<Answer> {
  // A code of five minutes ago is wrong and has the form of a right one.
  const second = { type: 'totp', value: visitor.codeOf(address, -10) }
  const wrong = kind === 'known, wrong password' ? `${password}!` : password
  const body = { token: visitor.token, username, password: wrong, second }
  const startedAt = performance.now()
  const response = await visitor.post('/api/login', body)
  const answer = await response.text()
  const ms = performance.now() - startedAt
  const headers = [...response.headers].filter(([name]) => !ALWAYS_NEW.has(name))
  return { kind, ms, text: JSON.stringify([response.status, headers, answer]) }
}
